import { AsyncDisposableStack } from '@whatwg-node/disposablestack';
import { expect, test } from 'vitest';
import { GatherCli, type StartedCli } from './support/gather-cli.js';
import { ChatPeer } from '../../server/tests/support/chat-peer.js';
import { FeedServer, PASSWORD } from '../../server/tests/support/feed-server.js';
import { FeedStream } from '../../server/tests/support/feed-stream.js';
import { sendBulk } from '../../server/tests/support/bulk-client.js';
import { GatherClient } from '../../server/tests/support/gather-client.js';
import { IS_LONG } from '../../server/tests/support/machine.js';
import { until } from '../../server/tests/support/until.js';

const MESSAGES = IS_LONG ? 400 : 60;
const BROADCASTS = 2;
const TYPED = 20;

interface Said {
  readonly seq?: number;
  readonly user: string;
  readonly message: string;
  readonly topic?: string;
}

test('what is said through any door reaches all others, once, in the order of the dump, and never a sender over TCP', async () => {
  await using server = await FeedServer.start();
  await using cast = await Cast.gather(server);
  await cast.everybodySpeaks();
  const dump = (await server.lines()).map((line) => JSON.parse(line) as Said);
  const chat = dump.filter(({ topic }) => topic === 'chat');
  expect(chat).toHaveLength(5 * MESSAGES + TYPED + BROADCASTS);
  expect(dump).toHaveLength(chat.length + 2 * MESSAGES);
  await cast.hasHeard(dump, chat);
});

test('what is not recorded reaches all doors too, once, in one order', async () => {
  await using server = await FeedServer.start({ env: { GATHERD_CHAT_RECORDING: 'off' } });
  const dale = await server.newUser('dale');
  const audrey = await server.newUser('audrey', 'user');
  const address = await server.chatAddress();
  using follower = await new FeedStream('sse', server, dale).ready();
  using chatter = await new FeedStream('websocket', server, audrey).ready();
  using peer = ChatPeer.open(address, `dale ${PASSWORD}`);
  using other = ChatPeer.open(address, audrey);
  await until('everybody', async () => (await server.connections()) === 4);
  await Promise.all([
    forEach(MESSAGES, (index) => {
      peer.say(`tcp ${index}`);
    }),
    forEach(MESSAGES, (index) => {
      chatter.sendMessage(index, `websocket ${index}`, 'chat');
    }),
    forEach(MESSAGES, async (index) => {
      expect(await server.ask('POST', '/v1/chat', dale, { message: `http ${index}` })).toEqual({
        status: 201,
        body: { seq: null },
      });
    }),
  ]);
  const heardBy = (stream: FeedStream) =>
    stream.events.filter(({ type }) => type === 'unrecorded').map(({ data }) => data['record'] ?? data);
  await until(
    'all of it',
    () => heardBy(follower).length >= 3 * MESSAGES && heardBy(chatter).length >= 3 * MESSAGES,
  );
  const heard = heardBy(follower) as Said[];
  expect(heardBy(chatter)).toEqual(heard);
  expect(new Set(heard.map(({ message }) => message)).size).toBe(3 * MESSAGES);
  await until('all of it', () => other.lines.length >= heard.length && peer.lines.length >= 2 * MESSAGES);
  expect(other.lines).toEqual(linesOf(heard));
  expect(peer.lines).toEqual(linesOf(heard.filter(({ message }) => !message.startsWith('tcp'))));
  expect(await server.lines()).toEqual([]);
});

/** Everybody who listens and speaks, each through a door of its own. */
class Cast implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  readonly #server: FeedServer;
  readonly #tokens: Readonly<Record<'dale' | 'audrey' | 'bob', string>>;
  readonly #peers: readonly [ChatPeer, ChatPeer];
  /** Those who hear everything, and those who hear the chat. */
  readonly #all: readonly FeedStream[];
  readonly #chatters: readonly [FeedStream, FeedStream];
  readonly #cli: GatherCli;
  readonly #tail: StartedCli;
  readonly #chat: StartedCli;
  readonly #printed = new Map<StartedCli, string>();

  private constructor(
    server: FeedServer,
    tokens: Readonly<Record<'dale' | 'audrey' | 'bob', string>>,
    address: string,
    cli: GatherCli,
  ) {
    this.#server = server;
    this.#tokens = tokens;
    this.#cli = this.#stack.use(cli);
    const { dale, audrey, bob } = tokens;
    const stream = (...args: ConstructorParameters<typeof FeedStream>) =>
      this.#stack.use(new FeedStream(...args));
    this.#peers = [
      this.#stack.use(ChatPeer.open(address, `audrey ${PASSWORD}`)),
      this.#stack.use(ChatPeer.open(address, audrey)),
    ];
    this.#all = [
      stream('sse', server, dale),
      stream('websocket', server, dale),
      stream('sse', server, dale, { after: 0 }),
    ];
    this.#chatters = [stream('websocket', server, audrey), stream('sse', server, bob, { topic: 'chat' })];
    this.#tail = this.#start('tail', '--json');
    this.#chat = this.#start('chat', '--json', '--follow');
  }

  /** Connects everybody, and resolves when all are there. */
  static async gather(server: FeedServer): Promise<Cast> {
    const tokens = {
      dale: await server.newUser('dale'),
      audrey: await server.newUser('audrey', 'user'),
      bob: await server.newUser('bob'),
    };
    const env = { GATHER_SERVER: server.url, GATHER_USER: 'bob', GATHER_PASSWORD: PASSWORD };
    const cast = new Cast(server, tokens, await server.chatAddress(), await GatherCli.create(env));
    await until('everybody', async () => (await server.connections()) === 9);
    return cast;
  }

  /** Everybody speaks at the same time; resolves when all is acknowledged. */
  async everybodySpeaks(): Promise<void> {
    const { dale, bob } = this.#tokens;
    const [websocket] = this.#chatters;
    using client = new GatherClient(this.#server);
    await Promise.all([
      ...this.#peers.map((peer, number) =>
        forEach(MESSAGES, (index) => {
          peer.say(`tcp${String(number)} ${index}`);
        }),
      ),
      forEach(MESSAGES, (index) => {
        websocket.sendMessage(index, `websocket ${index}`, 'chat');
      }),
      forEach(MESSAGES, (index) =>
        this.#server.asked('POST', '/v1/chat', dale, { message: `http ${index}` }),
      ),
      forEach(MESSAGES / 10, async (ten) => {
        const lines = Array.from({ length: 10 }, (_, index) => ({
          message: `bulk ${ten}${String(index)}`,
          topic: 'chat',
        }));
        const body = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
        expect((await sendBulk(this.#server, bob, body)).status).toBe(200);
      }),
      forEach(MESSAGES, async (index) => {
        expect((await client.message(dale, `message ${index}`)).status).toBe(201);
      }),
      forEach(MESSAGES, (index) => {
        this.#all[1]?.sendMessage(index, { websocket: index });
      }),
      forEach(BROADCASTS, async (index) => {
        expect(await this.#cli.here.run(['broadcast', `broadcast ${index}`])).toMatchObject({ exitCode: 0 });
      }),
      forEach(TYPED, (index) => {
        this.#chat.child.stdin.write(`typed ${index}\n`);
      }),
    ]);
    const recorded = async () => (await this.#server.lines()).length >= 7 * MESSAGES + TYPED + BROADCASTS;
    await until('all of it in the dump', recorded);
  }

  /** Holds what each has heard against the dump. */
  async hasHeard(dump: readonly Said[], chat: readonly Said[]): Promise<void> {
    for (const stream of this.#all)
      await sameAs(dump, () => stream.records.map(({ json }) => JSON.parse(json) as Said));
    for (const stream of this.#chatters)
      await sameAs(chat, () => stream.records.map(({ json }) => JSON.parse(json) as Said));
    for (const [index, peer] of this.#peers.entries()) {
      const others = chat.filter(({ message }) => !message.startsWith(`tcp${String(index)} `));
      await sameAs(linesOf(others), () => peer.lines);
    }
    await sameAs(dump, () => this.#linesOf(this.#tail));
    const others = chat.filter(({ message }) => !message.startsWith('typed '));
    await sameAs(others, () => this.#linesOf(this.#chat));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child, run } of [this.#tail, this.#chat]) {
      child.kill('SIGKILL');
      await run;
    }
    await this.#stack.disposeAsync();
  }

  #start(...args: string[]): StartedCli {
    const started = this.#cli.start(args);
    started.child.stdout.on('data', (bytes: Buffer) => {
      this.#printed.set(started, (this.#printed.get(started) ?? '') + bytes.toString('utf8'));
    });
    return started;
  }

  #linesOf(started: StartedCli): Said[] {
    const lines = (this.#printed.get(started) ?? '').split('\n').slice(0, -1);
    // What it has said itself stands there as well, as another kind of object.
    return lines.map((line) => JSON.parse(line) as Said).filter((each) => !('type' in each));
  }
}

// In time it is all there; nothing more comes then, since what came last came last.
async function sameAs<Item>(expected: readonly Item[], heard: () => readonly Item[]): Promise<void> {
  const enough = until('all of it', () => heard().length >= expected.length).catch(() => undefined);
  await enough;
  expect(heard()).toEqual(expected);
}

function linesOf(said: readonly Said[]): string[] {
  return said.map(({ user, message }) => `${user}: ${message}`);
}

async function forEach(count: number, action: (index: string) => unknown): Promise<void> {
  for (let index = 0; index < count; index += 1) await action(String(index));
}
