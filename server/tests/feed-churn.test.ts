import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ChatPeer } from './support/chat-peer.js';
import { FeedServer, PASSWORD } from './support/feed-server.js';
import { FeedStream, frameOf, requestOf } from './support/feed-stream.js';
import { IS_LONG, residentMiB } from './support/machine.js';
import { RawConnection } from './support/raw-connection.js';
import { until } from './support/until.js';

const CLIENTS = IS_LONG ? 500 : 50;
const CHURN_MS = IS_LONG ? 60_000 : 3500;
const WARM_UP_MS = IS_LONG ? 10_000 : 1000;
const MOST_STAY_MS = 600;
const MESSAGE_EVERY_MS = 25;
/** Generous: how late a message may be at somebody who is there all the time. */
const IN_TIME_MS = 10_000;
/** However busy the machine is, so that something was tried. */
const LEAST_SAID = 20;
const MOST_MORE_MIB = 80;
/** Connections of HTTP that this test keeps alive between its questions. */
const OWN_HANDLES = 12;

test('after many clients that come and vanish in every way, what they took is given back, and those who stayed have heard all', async () => {
  await using server = await FeedServer.start();
  const { pid } = server.process;
  const dale = await server.newUser('dale');
  const address = await server.chatAddress();
  using sse = await new FeedStream('sse', server, dale).ready();
  using websocket = await new FeedStream('websocket', server, dale).ready();
  using chat = ChatPeer.open(address, dale);
  await until('those who stay', async () => (await server.connections()) === 3);
  const handles = handlesOf(pid);
  await churn(server, dale, address, WARM_UP_MS);
  await until('the end of those who vanish', async () => (await server.connections()) === 3);
  const memory = residentMiB(pid) ?? 0;
  const [said] = await Promise.all([
    speak(server, [sse, websocket, chat]),
    churn(server, dale, address, CHURN_MS),
  ]);
  await until('the end of those who vanish', async () => (await server.connections()) === 3);
  const { connections } = await server.asked('GET', '/v1/presence', dale);
  expect((connections as { door: string }[]).map(({ door }) => door).sort()).toEqual([
    'chat',
    'sse',
    'websocket',
  ]);
  await until('the handles', () => handlesOf(pid) <= handles + OWN_HANDLES);
  await until('the memory', () => (residentMiB(pid) ?? 0) < memory + MOST_MORE_MIB);
  const isSteady = (text: string) => text.startsWith('steady ');
  for (const { records } of [sse, websocket])
    expect(
      records.map(({ json }) => (JSON.parse(json) as { message: string }).message).filter(isSteady),
    ).toEqual(said);
  expect(chat.lines.map((line) => line.slice('root: '.length)).filter(isSteady)).toEqual(said);
});

/** Says one thing after the other while others come and go; each has to be heard by all in time. Answers what was said. */
async function speak(
  server: FeedServer,
  [sse, websocket, chat]: readonly [FeedStream, FeedStream, ChatPeer],
) {
  const said: string[] = [];
  const end = performance.now() + CHURN_MS;
  while (performance.now() < end || said.length <= LEAST_SAID) {
    const message = `steady ${String(said.length)}`;
    said.push(message);
    await server.asked('POST', '/v1/chat', server.root, { message });
    await until(
      `${message}, heard by all`,
      () =>
        [sse, websocket].every(({ records }) => records.some(({ json }) => json.includes(`"${message}"`))) &&
        chat.lines.includes(`root: ${message}`),
      IN_TIME_MS,
    );
    await sleep(MESSAGE_EVERY_MS);
  }
  return said;
}

async function churn(server: FeedServer, token: string, address: string, forMs: number): Promise<void> {
  const end = performance.now() + forMs;
  const client = async () => {
    while (performance.now() < end) {
      const visit = VISITS[Math.floor(Math.random() * VISITS.length)];
      await visit?.({ server, token, address });
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
}

interface Place {
  readonly server: FeedServer;
  readonly token: string;
  readonly address: string;
}

/** All ways to come, and to be gone. */
const VISITS: readonly ((place: Place) => Promise<void>)[] = [
  ...(['sse', 'websocket'] as const).flatMap((kind) => [
    ({ server, token }: Place) => vanish(new FeedStream(kind, server, token, { presence: true })),
    ({ server, token }: Place) => vanish(new FeedStream(kind, server, token, { after: 0 })),
    ({ server, token }: Place) => vanish(unread(new FeedStream(kind, server, token, { after: 0 }))),
    ({ server, token }: Place) => beginAndVanish(addressOf(server), requestOf(kind, token)),
  ]),
  async ({ server, token }) => {
    using stream = new FeedStream('websocket', server, token);
    await someTime();
    stream.sendMessage('1', 'passing by', 'chat');
    const frame = frameOf(
      0x81,
      Buffer.from(JSON.stringify({ type: 'send', id: '2', message: 'half of it' })),
    );
    stream.socket.write(frame.subarray(0, anyBelow(frame.length)));
    await vanish(stream);
  },
  ({ address, token }) => vanish(ChatPeer.open(address, token)),
  ({ address, token }) => vanish(unread(ChatPeer.open(address, token))),
  ({ address }) => vanish(ChatPeer.open(address, `nobody ${PASSWORD}`)),
  ({ address, token }) => beginAndVanish(address, `${token}\n`),
  async ({ address, token }) => {
    using peer = ChatPeer.open(address, token);
    peer.say('passing by');
    peer.socket.write('half a li');
    await vanish(peer);
  },
];

async function vanish(client: FeedStream | ChatPeer): Promise<void> {
  await someTime();
  const { socket } = client;
  const way = anyBelow(3);
  if (way === 0) socket.resetAndDestroy();
  else if (way === 1) {
    // Half open for a while: it says no more, and is still there.
    socket.end();
    await someTime();
  }
  socket.destroy();
}

async function beginAndVanish(address: string, text: string): Promise<void> {
  using connection = await RawConnection.open(address);
  await connection.send(text.slice(0, anyBelow(text.length)));
  await someTime();
  if (anyBelow(2) === 0) connection.socket.resetAndDestroy();
}

function unread<Client extends FeedStream | ChatPeer>(client: Client): Client {
  client.socket.pause();
  return client;
}

function addressOf({ port }: FeedServer): string {
  return `127.0.0.1:${String(port)}`;
}

function someTime(): Promise<void> {
  return sleep(Math.random() * MOST_STAY_MS);
}

function anyBelow(count: number): number {
  return Math.floor(Math.random() * count);
}

function handlesOf(pid: number): number {
  return readdirSync(`/proc/${String(pid)}/fd`).length;
}
