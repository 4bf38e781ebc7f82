import { afterAll, beforeAll, expect, test } from 'vitest';
import { ChatPeer } from './support/chat-peer.js';
import { FeedServer, PASSWORD } from './support/feed-server.js';
import { FeedStream } from './support/feed-stream.js';
import { loginTo } from './support/gather-client.js';
import { until } from './support/until.js';

// Long enough to connect with on a busy machine.
const TTL_SECONDS = 6;
let server: FeedServer;
let count = 0;

beforeAll(async () => {
  server = await FeedServer.start({ env: { GATHERD_TOKEN_TTL: String(TTL_SECONDS) } });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

interface Member {
  readonly name: string;
  readonly token: string;
}

async function newMember(): Promise<Member> {
  count += 1;
  const name = `member${String(count)}`;
  return { name, token: await server.newUser(name) };
}

/** How many of a user's connections there are. */
async function presentAs(name: string): Promise<number> {
  const { connections } = await server.asked('GET', '/v1/presence', server.root);
  return (connections as { user: string }[]).filter(({ user }) => user === name).length;
}

/** Which of the streams are still connected. */
async function presentOf({ sse, websocket }: Connections): Promise<unknown[]> {
  const own = [sse, websocket].map(({ hello }) => (hello?.data['connection'] as { id: string }).id);
  const { connections } = await server.asked('GET', '/v1/presence', server.root);
  return (connections as { id: string }[]).filter(({ id }) => own.includes(id));
}

/** One connection of each kind with one token. */
class Connections implements Disposable {
  readonly sse: FeedStream;
  readonly websocket: FeedStream;
  readonly chat: ChatPeer;
  readonly #name: string;

  private constructor(name: string, token: string, address: string) {
    this.#name = name;
    this.sse = new FeedStream('sse', server, token);
    this.websocket = new FeedStream('websocket', server, token, { after: 0 });
    this.chat = ChatPeer.open(address, token);
  }

  static async open({ name, token }: Member): Promise<Connections> {
    const before = await presentAs(name);
    const connections = new Connections(name, token, await server.chatAddress());
    await until('all three', async () => (await presentAs(name)) === before + 3);
    await Promise.all([connections.sse.ready(), connections.websocket.ready()]);
    return connections;
  }

  /** All have ended, and have said why; and nothing that was said since has reached them. */
  async haveEnded(code: string, closeCode: number, text: RegExp): Promise<void> {
    const { sse, websocket, chat } = this;
    const isOver = () =>
      sse.endCode !== undefined && websocket.closeCode !== undefined && text.test(chat.lines.at(-1) ?? '');
    await until(`the end of the connections of ${this.#name}`, isOver).catch(() => undefined);
    expect([sse.endCode, websocket.endCode, websocket.closeCode]).toEqual([code, code, closeCode]);
    expect(chat.lines.at(-1)).toMatch(text);
    await Promise.all([sse.closed(), websocket.closed(), chat.closed()]);
  }

  /** All are still there, and hear what is said. */
  async hear(message: string): Promise<void> {
    await server.asked('POST', '/v1/chat', server.root, { message });
    await until('what is said', () => {
      const heard = [this.sse, this.websocket].map(({ records }) => records.at(-1)?.json.includes(message));
      return heard.every((each) => each === true) && this.chat.lines.at(-1) === `root: ${message}`;
    });
  }

  [Symbol.dispose](): void {
    for (const each of [this.sse, this.websocket, this.chat]) each[Symbol.dispose]();
  }
}

const SESSION_OVER = ['session.invalid', 4401, /^Invalid or expired session$/] as const;

/** Every way in which a session ends, given its member. */
const ENDINGS: Readonly<Record<string, (member: Member) => Promise<unknown>>> = {
  'it logs out': ({ token }) => server.asked('DELETE', '/v1/sessions/current', token),
  'its user ends all other sessions': async ({ name }) =>
    server.asked('DELETE', '/v1/sessions', await server.login(name)),
  'its user ends it by the list': async ({ name }) => {
    const token = await server.login(name);
    const { sessions } = await server.asked('GET', '/v1/sessions', token);
    for (const { id, is_current } of sessions as { id: string; is_current: boolean }[])
      if (!is_current) await server.asked('DELETE', `/v1/sessions/${id}`, token);
  },
  'an administrator ends all sessions of its user': ({ name }) =>
    server.asked('DELETE', `/v1/users/${name}/sessions`, server.root),
  'its user changes the password elsewhere': async ({ name }) =>
    server.asked('POST', '/v1/account/password', await server.login(name), {
      current_password: PASSWORD,
      new_password: 'Zapfenstreich im Mai',
    }),
  'its user is suspended': ({ name }) =>
    server.asked('PATCH', `/v1/users/${name}`, server.root, { status: 'suspended' }),
  'its user is deleted': ({ name }) => server.asked('DELETE', `/v1/users/${name}`, server.root),
};

test.each(Object.keys(ENDINGS))('when %s, its connections of every kind end at once', async (way) => {
  const member = await newMember();
  using connections = await Connections.open(member);
  await connections.hear(`before ${member.name}`);
  await ENDINGS[way]?.(member);
  // Not a moment later: by the time of the answer.
  expect(await presentOf(connections)).toEqual([]);
  await connections.haveEnded(...SESSION_OVER);
  expect(await presentAs(member.name)).toBe(0);
});

test('when an administrator resets the password, its connections of every kind end at once', async () => {
  const member = await newMember();
  using connections = await Connections.open(member);
  await server.asked('POST', `/v1/users/${member.name}/password`, server.root);
  expect(await presentOf(connections)).toEqual([]);
  // Its sessions end, and even before that it may do nothing but change the password.
  const isOver = ({ sse, websocket, chat }: Connections) =>
    sse.isClosed && websocket.isClosed && chat.isClosed;
  await until('their end', () => isOver(connections));
  expect(connections.websocket.endCode).toBe('account.password_change_needed');
  expect(await presentAs(member.name)).toBe(0);
});

test('when an API token is revoked, its connections of every kind end at once, and no others', async () => {
  const { name, token: session } = await newMember();
  const wanted = { name: 'a reader', permissions: ['feed:read', 'chat'] };
  const { id, token } = await server.asked('POST', '/v1/tokens', session, wanted);
  using kept = await Connections.open({ name, token: session });
  using connections = await Connections.open({ name, token: String(token) });
  await server.asked('DELETE', `/v1/tokens/${String(id)}`, session);
  expect(await presentOf(connections)).toEqual([]);
  await connections.haveEnded(...SESSION_OVER);
  await kept.hear(`after the token of ${name}`);
});

test('when a permission is taken away, the connections that need it end at once, and no others', async () => {
  const member = await newMember();
  using connections = await Connections.open(member);
  await connections.hear(`before ${member.name}`);
  await server.asked('PATCH', `/v1/users/${member.name}`, server.root, {
    permissions: ['messages:write', 'chat'],
  });
  expect(await presentOf(connections)).toEqual([]);
  const { sse, websocket, chat } = connections;
  await until('the end of both', () => sse.endCode !== undefined && websocket.endCode !== undefined);
  expect([sse.endCode, websocket.endCode, websocket.closeCode]).toEqual([
    'permission.missing',
    'permission.missing',
    4403,
  ]);
  expect(chat.isClosed).toBe(false);
  await server.asked('PATCH', `/v1/users/${member.name}`, server.root, { permissions: ['messages:write'] });
  await until('the reason', () => /permission/i.test(chat.lines.at(-1) ?? ''));
  await chat.closed();
});

test('when a JWT expires, its connections of every kind end by themselves, though nobody asks anything', async () => {
  const { name } = await newMember();
  const token = await loginTo(server, `${name}-jwt`);
  await server.asked('PATCH', `/v1/users/${name}-jwt`, server.root, { role: 'moderator' });
  using connections = await Connections.open({ name: `${name}-jwt`, token });
  await connections.haveEnded('token.invalid', 4401, /^Token Expired/);
});

test('what is said after a session has ended reaches none of its connections', async () => {
  const member = await newMember();
  using connections = await Connections.open(member);
  await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      server.asked('POST', '/v1/chat', server.root, { message: `${member.name} before ${String(index)}` }),
    ),
  );
  await server.asked('DELETE', '/v1/sessions/current', member.token);
  const secret = `${member.name} must not hear this`;
  await server.asked('POST', '/v1/chat', server.root, { message: secret });
  const { sse, websocket, chat } = connections;
  await Promise.all([sse.closed(), websocket.closed(), chat.closed()]);
  const heard = [...[...sse.records, ...websocket.records].map(({ json }) => json), ...chat.lines];
  expect(heard.filter((line) => line.includes(secret))).toEqual([]);
});
