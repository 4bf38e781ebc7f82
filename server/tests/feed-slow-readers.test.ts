import { expect, test } from 'vitest';
import { BulkUpload } from './support/bulk-client.js';
import { ChatPeer } from './support/chat-peer.js';
import { FeedServer } from './support/feed-server.js';
import { FeedStream, STREAM_KINDS } from './support/feed-stream.js';
import { IS_LONG, residentMiB } from './support/machine.js';
import { until } from './support/until.js';

const OF_EACH_KIND = IS_LONG ? 50 : 6;
const BYTES = (IS_LONG ? 50 : 12) * 2 ** 20;
const MESSAGE = 'z'.repeat(8000);
const LINE = `${JSON.stringify({ message: MESSAGE, topic: 'chat' })}\n`;
const RECORDS = Math.ceil(BYTES / LINE.length);
const MOST_MORE_MIB = 150;
const JUDGES = 3;

test('those who never read slow nobody down, take a bounded share of memory, and are ended with the reason', async () => {
  await using server = await FeedServer.start({
    env: {
      GATHERD_HEADERS_TIMEOUT: '2',
      GATHERD_REQUEST_TIMEOUT: '2',
      GATHERD_LOG_LEVEL: 'info',
      GATHERD_FEED_BUFFER: '1MiB',
    },
  });
  const dale = await server.newUser('dale');
  const address = await server.chatAddress();
  using sse = await new FeedStream('sse', server, dale).ready();
  using websocket = await new FeedStream('websocket', server, dale).ready();
  await write(server, dale, RECORDS / 4);
  const before = residentMiB(server.process.pid) ?? 0;
  using idlers = await neverReaders(server, address);
  await until('all of them', async () => (await server.connections()) === idlers.count + 2);
  await write(server, dale, RECORDS);
  const total = Math.ceil(RECORDS / 4) + RECORDS;
  await until('all of it at those who read', () =>
    [sse, websocket].every(({ records }) => records.length === total),
  );
  for (const { records } of [sse, websocket]) expect(records.map(({ seq }) => seq)).toEqual(numbersTo(total));
  await idlers.areJudged(server);
  await until('the end of all who do not read', async () => (await server.connections()) === 2);
  const after = residentMiB(server.process.pid) ?? 0;
  expect(after - before).toBeLessThan(MOST_MORE_MIB);
  // Nobody else was ended.
  expect([sse.endCode, websocket.endCode]).toEqual([undefined, undefined]);
});

test('who reads nothing of what was stored before is ended with the reason, which it can read later', async () => {
  await using server = await FeedServer.start({
    env: { GATHERD_HEADERS_TIMEOUT: '1', GATHERD_REQUEST_TIMEOUT: '1', GATHERD_LOG_LEVEL: 'info' },
  });
  await write(server, await server.newUser('dale'), Math.ceil((24 * 2 ** 20) / LINE.length));
  const judged = STREAM_KINDS.map(async (kind) => {
    using stream = new FeedStream(kind, server, await server.newUser(kind), { after: 0 });
    await stream.ready();
    stream.socket.pause();
    await until(
      `the end of ${kind}`,
      () => server.process.output.includes(`"door":"${kind}"`) || stream.isClosed,
    );
    // Longer than others have who are told why.
    await new Promise((resolve) => setTimeout(resolve, 3000));
    stream.socket.resume();
    await stream.closed();
    return [kind, stream.endCode];
  });
  expect(await Promise.all(judged)).toEqual(STREAM_KINDS.map((kind) => [kind, 'feed.too_slow']));
  expect(
    server.process.output.match(/"code":"feed\.too_slow"[^\n]*connection to the feed was ended/g),
  ).toHaveLength(2);
});

async function write(server: FeedServer, token: string, count: number): Promise<void> {
  using upload = new BulkUpload(server, token);
  for (let left = count; left > 0; left -= 20) await upload.write(LINE.repeat(Math.min(20, Math.ceil(left))));
  upload.end();
  expect((await upload.rest()).at(-1)).toMatchObject({ accepted: Math.ceil(count), done: true });
}

/** Many who connect and then read nothing; of some it is looked at why they are ended. */
async function neverReaders(server: FeedServer, address: string) {
  const stack = new Set<Disposable>();
  const add = <Client extends FeedStream | ChatPeer>(client: Client): Client => {
    stack.add(client);
    client.socket.pause();
    return client;
  };
  const crowd = await server.newUser('crowd');
  const judges: { name: string; stream: FeedStream }[] = [];
  for (let number = 0; number < OF_EACH_KIND; number += 1)
    for (const kind of ['sse', 'websocket'] as const) {
      const name = `${kind}${String(number)}`;
      const stream = add(new FeedStream(kind, server, number < JUDGES ? await server.newUser(name) : crowd));
      if (number < JUDGES) judges.push({ name, stream });
    }
  for (let number = 0; number < OF_EACH_KIND; number += 1) add(ChatPeer.open(address, crowd));
  return {
    count: stack.size,
    areJudged: async (of: FeedServer) => {
      await Promise.all(judges.map(({ name, stream }) => readAtTheEnd(of, name, stream)));
      expect([...new Set(judges.map(({ stream }) => stream.endCode))]).toEqual(['feed.too_slow']);
      const dropped = () => of.process.output.match(/"code":"feed\.too_slow"[^\n]*left the chat/g)?.length;
      await until('the end of those in the chat', () => dropped() === OF_EACH_KIND);
    },
    [Symbol.dispose]: () => {
      for (const each of stack) each[Symbol.dispose]();
    },
  };
}

async function readAtTheEnd(server: FeedServer, name: string, stream: FeedStream): Promise<void> {
  await until(`the end of ${name}`, async () => {
    const { connections } = await server.asked('GET', '/v1/presence', server.root);
    return !(connections as { user: string }[]).some(({ user }) => user === name);
  });
  stream.socket.resume();
  await stream.closed();
}

function numbersTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}
