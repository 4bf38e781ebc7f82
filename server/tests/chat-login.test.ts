import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Caller } from '../features/sessions/session-service.js';
import type { Permission } from '../../protocol/permissions.js';
import { ChatRig } from './support/chat-rig.js';
import { PASSWORD } from './support/services-rig.js';
import { until } from './support/until.js';

let rig: ChatRig;

beforeEach(async () => {
  rig = await ChatRig.open();
  await rig.create('dale');
  await rig.create('laura');
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

async function reopen(env: Readonly<Record<string, string>>): Promise<void> {
  await rig[Symbol.asyncDispose]();
  rig = await ChatRig.open(env);
  await rig.create('dale');
  await rig.create('laura');
}

const HERE = '127.0.0.1';
const WRONG = 'Invalid username/email or password\n';
const HINT = "Invalid 'login': the first line is USER PASSWORD or a token\n";

const services = () => rig.gatherd.services;
const stored = async () => (await rig.gatherd.records()).map(({ message }) => message);

async function logIn(username: string): Promise<{ token: string; caller: Caller }> {
  const { token } = await services().logins.login(username, PASSWORD, {
    ...{ endpoint: HERE, door: 'http', client: 'a test' },
  });
  return {
    token,
    caller: { session: services().sessions.authorize(token, HERE), endpoint: HERE, door: 'http' },
  };
}

async function administrator(): Promise<Caller> {
  await rig.create('admin', { role: 'admin' });
  return (await logIn('admin')).caller;
}

/** Says something, and answers everything that came until it was closed. */
async function sayAll(text: string): Promise<string> {
  const client = await rig.connect();
  await client.send(text);
  return client.closed();
}

describe('a login', () => {
  test('by name and password lets somebody in: nothing is answered, and what others say comes by name', async () => {
    const [dale, laura] = [await rig.enter('dale'), await rig.enter('LAURA')];
    await dale.send('hello\r\n');
    await laura.hears('dale: hello\n');
    await laura.send('hi\n\n\nthere\n');
    await dale.hears('laura: hi\nlaura: there\n');
    expect(laura.text).toBe('dale: hello\n');
    expect(await rig.gatherd.records()).toEqual([
      expect.objectContaining({ user: 'dale', endpoint: HERE, message: 'hello', topic: 'chat' }),
      expect.objectContaining({ user: 'laura', message: 'hi' }),
      expect.objectContaining({ user: 'laura', message: 'there' }),
    ]);
  });

  test('takes a password with spaces as it is', async () => {
    await rig.create('bob', { password: ' the owls  are not ' });
    await rig.join('bob  the owls  are not ');
    expect(await sayAll('bob the owls  are not \n')).toBe(WRONG);
  });

  test('may come in any pieces, with messages behind it in the same packet', async () => {
    const laura = await rig.enter('laura');
    const dale = await rig.connect();
    for (const byte of Buffer.from(`dale ${PASSWORD}`)) await dale.send(Uint8Array.of(byte));
    await dale.send('\none\ntwo\nthr');
    await laura.hears('dale: one\ndale: two\n');
    await dale.send('ee\n');
    await laura.hears('dale: one\ndale: two\ndale: three\n');
  });

  test('of somebody who sends all and closes its side at once is a login, and a last line needs no end', async () => {
    const laura = await rig.enter('laura');
    const dale = await rig.connect();
    dale.socket.end(`dale ${PASSWORD}\none\nlast`);
    await laura.hears('dale: one\ndale: last\n');
    expect(await dale.closed()).toBe('');
    await until('it is gone', () => rig.connected === 1);
  });

  test('and as much behind it as is slowed down is said to its end', async () => {
    await reopen({ GATHERD_CHAT_RATE: '20' });
    const [laura, dale] = [await rig.enter('laura'), await rig.connect()];
    const words = Array.from({ length: 30 }, (_, index) => `word ${String(index)}`);
    dale.socket.end(`dale ${PASSWORD}\n${words.join('\n')}`);
    await laura.hears(words.map((word) => `dale: ${word}\n`).join(''));
    expect(await dale.closed()).toBe('');
  });

  test.each<[string, string | Buffer, string?]>([
    ['a wrong password', `dale not-${PASSWORD}\n`],
    ['a name that nobody has', `nobody ${PASSWORD}\n`],
    ['no password', 'dale \n'],
    ['no name', ` ${PASSWORD}\n`],
    ['a password that is too long', `dale ${'x'.repeat(129)}\n`],
    ['an empty line', '\n', HINT],
    ['a word that is no token', 'dale\n', HINT],
    ['a line that is no UTF-8', Buffer.from('dale \xff\n', 'latin1'), HINT],
    ['a line that is too long', `${'x'.repeat(3000)}\n`, HINT],
    ['a line that is too long and does not end', 'x'.repeat(3000), HINT],
  ])('with %s is refused in one line, and closed', async (_what, text, told = WRONG) => {
    const laura = await rig.enter('laura');
    const client = await rig.connect();
    await client.send(text);
    await client.send('\nmore\n').catch(() => undefined);
    expect(await client.closed()).toBe(told);
    expect([laura.text, await stored()]).toEqual(['', []]);
  });

  test('is tried once a connection', async () => {
    expect(await sayAll(`dale wrong\ndale ${PASSWORD}\nhello\n`)).toBe(WRONG);
    expect(await stored()).toEqual([]);
  });

  test('hears nothing before it', async () => {
    const silent = await rig.connect();
    const [dale, laura] = [await rig.enter('dale'), await rig.enter('laura')];
    await dale.send('a secret\n');
    await laura.hears('dale: a secret\n');
    await silent.send('nobody wrong\n');
    expect(await silent.closed()).toBe(WRONG);
  });

  test('counts with the tries at all doors', async () => {
    await reopen({ GATHERD_WRONG_PASSWORDS: '1' });
    for (let tries = 0; tries < 2; tries += 1) await sayAll('dale wrong\n');
    expect(await sayAll(`dale ${PASSWORD}\n`)).toMatch(/^Too many wrong passwords\. Please wait \d+ s\n$/);
    await expect(logIn('dale')).rejects.toMatchObject({ code: 'account.throttled' });
  });

  test('counts with the tries of its address', async () => {
    await reopen({ GATHERD_HANDSHAKE_RATE: '2' });
    for (let tries = 0; tries < 2; tries += 1) expect(await sayAll('dale wrong\n')).toBe(WRONG);
    expect(await sayAll(`dale ${PASSWORD}\n`)).toBe('More than 2 requests a minute from this address\n');
  });

  test('that is none counts with the tries of its address, and is no wrong password', async () => {
    await reopen({ GATHERD_HANDSHAKE_RATE: '3', GATHERD_WRONG_PASSWORDS: '1' });
    for (let tries = 0; tries < 2; tries += 1) expect(await sayAll('dale\n')).toBe(HINT);
    expect((await rig.enter('dale')).isClosed).toBe(false);
    expect(await sayAll('dale\n')).toBe('More than 3 requests a minute from this address\n');
  });

  test('of an account that is suspended, or may not chat, is refused', async () => {
    const admin = await administrator();
    await services().userAdmin.change(admin, 'dale', { permissions: ['messages:write'] });
    expect(await sayAll(`dale ${PASSWORD}\n`)).toBe('The permission chat is needed\n');
    await services().userAdmin.change(admin, 'dale', { status: 'suspended' });
    expect(await sayAll(`dale ${PASSWORD}\n`)).toBe('Account is not active\n');
    await until(
      'no session is left',
      () => services().sessions.sessionsOf(admin.session.userId).length === 1,
    );
  });

  test('with a password for one login is refused, and does not use it up', async () => {
    const { one_time_password: once } = await services().userAdmin.resetPassword(
      await administrator(),
      'dale',
    );
    const refusal = 'The password was made for one login: change it first\n';
    expect(await sayAll(`dale ${once}\n`)).toBe(refusal);
    expect(await sayAll(`dale ${once}\n`)).toBe(refusal);
    const origin = { endpoint: HERE, door: 'http', client: '' } as const;
    expect(await services().logins.login('dale', once, origin)).toHaveProperty('token');
  });

  test('stands in the audit log, and no password does', async () => {
    const dale = await rig.enter('dale');
    await sayAll('dale wrong-password\n');
    dale.socket.destroy();
    await until('it is gone', () => rig.connected === 0);
    const lines = async () =>
      (await services().audit.page({ limit: 100 })).entries
        .filter(({ door }) => door === 'chat')
        .map(({ action, outcome, actor }) => `${actor ?? ''} ${action} ${outcome}`);
    await until('the logout is noted', async () => (await lines()).includes('dale logout done'));
    expect(await lines()).toEqual(expect.arrayContaining(['dale login done', 'dale login refused']));
    expect(JSON.stringify(rig.gatherd.log)).not.toContain(PASSWORD);
  });
});

describe('the session of a login', () => {
  test('is listed while the connection is there, and ends with it', async () => {
    const { caller } = await logIn('dale');
    const views = () =>
      services()
        .logins.list(caller)
        .filter(({ client }) => client === 'chat');
    const dale = await rig.enter('dale');
    expect(views()).toEqual([expect.objectContaining({ kind: 'login', endpoint: HERE })]);
    dale.socket.resetAndDestroy();
    await until('it is ended', () => views().length === 0);
  });

  test('ends the connection when it is ended, with the reason', async () => {
    const { caller } = await logIn('dale');
    const [dale, laura] = [await rig.enter('dale'), await rig.enter('laura')];
    await services().logins.endOthers(caller);
    expect(await dale.closed()).toBe('Invalid or expired session\n');
    expect(laura.isClosed).toBe(false);
  });

  test('is ended when gatherd ends', async () => {
    const dale = await rig.enter('dale');
    await rig.gatherd.restart();
    expect(await dale.closed()).toBe('The server is stopping\n');
    expect(services().sessions.count).toBe(0);
  });
});

describe('a token', () => {
  test('of a session lets somebody in, and the connection ends with the session', async () => {
    const { token, caller } = await logIn('dale');
    const [dale, laura] = [await rig.join(token), await rig.enter('laura')];
    await dale.send('by token\n');
    await laura.hears('dale: by token\n');
    await services().logins.logout(caller);
    expect(await dale.closed()).toBe('Invalid or expired session\n');
  });

  test('is not ended with the connection', async () => {
    const { token } = await logIn('dale');
    const dale = await rig.join(token);
    dale.socket.destroy();
    await until('it is gone', () => rig.connected === 0);
    expect(services().sessions.authorize(token, HERE)).toHaveProperty('userName', 'dale');
  });

  test('of contract 1 lets somebody in', async () => {
    const { handshakes } = services();
    await handshakes.identify('dale', HERE);
    const { token } = await handshakes.authenticate('dale', PASSWORD, HERE);
    const [dale, laura] = [await rig.join(token), await rig.enter('laura')];
    await dale.send('by JWT\n');
    await laura.hears('dale: by JWT\n');
  });

  async function apiToken(permissions: readonly Permission[]): Promise<string> {
    const { caller } = await logIn('dale');
    const { token } = await services().apiTokens.create(caller, { name: permissions.join(), permissions });
    return token;
  }

  test('of a device lets it in where it may chat, until it is revoked', async () => {
    const [dale, laura] = [await rig.join(await apiToken(['chat'])), await rig.enter('laura')];
    await dale.send('beep\n');
    await laura.hears('dale: beep\n');
    const { caller } = await logIn('dale');
    const [listed] = await services().apiTokens.list(caller);
    await services().apiTokens.revoke(caller, listed?.id ?? '');
    expect(await dale.closed()).toBe('Invalid or expired session\n');
    await services().userAdmin.change(await administrator(), 'dale', { role: 'moderator' });
    for (const others of [['messages:write'], ['feed:read']] as const)
      expect(await sayAll(`${await apiToken(others)}\n`)).toBe('The permission chat is needed\n');
  });

  test.each([
    ['gds_' + 'x'.repeat(43), 'Invalid or expired session\n'],
    ['gdt_' + 'x'.repeat(43), 'Invalid or expired session\n'],
    ['a.b.c', 'Token Expired. Please identify\n'],
  ])('like %s, of nothing, is refused', async (token, refusal) => {
    expect(await sayAll(`${token}\n`)).toBe(refusal);
  });
});

test('a suspension closes the connection at once, and so does the loss of the permission', async () => {
  const admin = await administrator();
  const [dale, laura] = [await rig.enter('dale'), await rig.enter('laura')];
  await services().userAdmin.change(admin, 'dale', { status: 'suspended' });
  expect(await dale.closed()).toBe('Invalid or expired session\n');
  await services().userAdmin.change(admin, 'laura', { permissions: [] });
  expect(await laura.closed()).toBe('The permission chat is needed\n');
});

test('what would forge lines, or what a terminal obeys, is shown and not done', async () => {
  const [dale, laura] = [await rig.enter('dale'), await rig.enter('laura')];
  await dale.send('one\radmin: forged\n');
  await dale.send('\u001b[2J\u0007\u0085\u2028x\u202e\ttab\u0000\n');
  await laura.hears(
    'dale: one\ndale: admin: forged\ndale: \\u001b[2J\\u0007\\u0085\\u2028x\\u202e\\u0009tab\\u0000\n',
  );
});

test('a line over the limit is refused and not stored, and the connection goes on', async () => {
  await reopen({ GATHERD_MAX_MESSAGE_BYTES: '100' });
  const [dale, laura] = [await rig.enter('dale'), await rig.enter('laura')];
  await dale.send(`${'x'.repeat(101)}\n${'y'.repeat(200_000)}\n`);
  await dale.send(Buffer.from('\xff\n', 'latin1'));
  await dale.send(`${'€'.repeat(33)}\n`);
  await laura.hears(`dale: ${'€'.repeat(33)}\n`);
  const [tooLong, noText] = ['a message has at most 100 bytes', 'a message is text in UTF-8'];
  await dale.hears([tooLong, tooLong, noText].map((reason) => `Invalid 'message': ${reason}\n`).join(''));
  expect(await stored()).toEqual(['€'.repeat(33)]);
});

test('a flood is slowed down: all of it arrives, in order', async () => {
  await reopen({ GATHERD_CHAT_RATE: '100' });
  const [dale, laura] = [await rig.enter('dale'), await rig.enter('laura')];
  const began = performance.now();
  const numbers = Array.from({ length: 250 }, (_, index) => String(index));
  await dale.send(`${numbers.join('\n')}\n`);
  await laura.hears(numbers.map((number) => `dale: ${number}\n`).join(''));
  expect(performance.now() - began).toBeGreaterThan(1400);
});

test('who does not log in is closed after the idle time with the reason', async () => {
  await reopen({ GATHERD_CHAT_IDLE_TIMEOUT: '1' });
  const [silent, dale] = [await rig.connect(), await rig.enter('dale')];
  expect(await silent.closed()).toBe('Nothing was said for 1 seconds\n');
  expect(await dale.closed()).toBe('Nothing was said for 1 seconds\n');
});

test('what is refused for the dump’s sake is told to who said it', async () => {
  await reopen({ GATHERD_FREE_SPACE_RESERVE: '1TiB' });
  const [dale, laura] = [await rig.enter('dale'), await rig.enter('laura')];
  await dale.send('hello\n');
  await until('it is told', () => dale.text.endsWith('bytes are free on the disk: nothing was stored\n'));
  expect([laura.text, await stored()]).toEqual(['', []]);
});
