import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newUser } from '../features/accounts/new-user.js';
import type { ChatClient } from './support/chat-client.js';
import { MutualRig, type Answer, type Shown } from './support/mutual-rig.js';
import { PASSWORD } from './support/services-rig.js';
import { makeTestAuthority, TIMES, type TestPair } from './support/test-authority.js';
import { until } from './support/until.js';

const OF_ANOTHER = 'The client certificate is of laura: it is good for this account only\n';

let rig: MutualRig;
let dale: TestPair;
let laura: TestPair;

beforeAll(async () => {
  rig = await MutualRig.open('alone');
  for (const name of ['dale', 'laura', 'dale.of.dots']) await rig.create(name);
  await rig.create('root', { role: 'admin' });
  await rig.create('newcomer', { password: undefined });
  await rig.create('silent', { permissions: [] });
  [dale, laura] = await Promise.all([rig.issue('dale'), rig.issue('laura')]);
});

afterAll(async () => {
  await rig[Symbol.asyncDispose]();
});

function byCertificate(shown: Shown): Promise<Answer> {
  return rig.ask(shown, '/v1/sessions/certificate', { method: 'POST' });
}

async function noted(outcome: 'done' | 'refused') {
  const { entries } = await rig.gatherd.services.audit.page({ limit: 1, action: 'login', outcome });
  return entries[0];
}

async function suspend(name: string, status: 'suspended' | 'active' = 'suspended'): Promise<void> {
  await rig.gatherd.services.userAdmin.change(await rig.administrator(), name, { status });
}

async function enter(shown: Shown, line: string): Promise<ChatClient> {
  const before = rig.gatherd.feed.count;
  const client = await rig.connect('chat', shown);
  await client.send(`${line}\n`);
  await until('it is in the chat', () => rig.gatherd.feed.count > before);
  return client;
}

describe('a certificate alone', () => {
  test('opens a login session like any other, and its number is noted', async () => {
    const { status, body } = await byCertificate(dale);
    expect(status).toBe(201);
    expect(body).toMatchObject({ user: { username: 'dale' } });
    const token = String(body['token']);
    expect(await noted('done')).toMatchObject({
      ...{ actor: 'dale', door: 'http' },
      details: { certificate: dale.serialNumber },
    });
    const { body: listed } = await rig.ask(dale, '/v1/sessions', { token });
    expect(listed['sessions']).toContainEqual(expect.objectContaining({ kind: 'login', is_current: true }));
    expect(await rig.ask(laura, '/v1/account', { token })).toMatchObject({
      body: { code: 'certificate.of_another' },
    });
    const out = await rig.ask(dale, '/v1/sessions/current', { method: 'DELETE', token });
    expect(out.status).toBe(204);
  });

  test('opens none for a page of another site, for which a browser would show it', async () => {
    const { sessions, users } = rig.gatherd.services;
    const { id = '' } = (await users.findByNameKey('dale')) ?? {};
    const before = sessions.sessionsOf(id).length;
    const asked = { method: 'POST', origin: 'https://evil.example' };
    expect(await rig.ask(dale, '/v1/sessions/certificate', asked)).toMatchObject({
      body: { code: 'request.foreign_origin' },
    });
    expect(sessions.sessionsOf(id)).toHaveLength(before);
  });

  test('leaves the password good', async () => {
    expect(await rig.login(dale, 'dale')).toMatch(/^gds_/);
  });

  test('is not enough where the password has to be changed first, or never was one', async () => {
    expect(await byCertificate(await rig.issue('newcomer'))).toMatchObject({
      body: { code: 'account.password_change_needed' },
    });
    const now = rig.gatherd.clock.now();
    await rig.gatherd.services.users.insert(newUser({ id: randomUUID(), name: 'unknown', now }));
    expect(await byCertificate(await rig.issue('unknown'))).toMatchObject({
      body: { code: 'certificate.password_needed' },
    });
  });

  test('is refused of who has no account, and noted with the reason', async () => {
    const nobody = await rig.issue('nobody');
    const reason = 'there is no account of this name';
    expect(await byCertificate(nobody)).toMatchObject({ body: { code: 'certificate.refused', reason } });
    expect(await noted('refused')).toMatchObject({
      actor: null,
      details: { reason: 'certificate.refused', why: reason, certificate: nobody.serialNumber },
    });
  });

  test('is refused of who is suspended, and good again afterwards', async () => {
    await suspend('laura');
    expect(await byCertificate(laura)).toMatchObject({ body: { code: 'account.not_active' } });
    expect(await rig.tell('chat', laura, 'laura\n')).toBe('Account is not active\n');
    await suspend('laura', 'active');
    expect(await byCertificate(laura)).toMatchObject({ status: 201 });
  });
});

describe('in the chat', () => {
  test('a name alone, a password, and a token let in whose certificate it is', async () => {
    using listener = await enter(laura, `laura ${PASSWORD}`);
    using byName = await enter(dale, 'Dale');
    await byName.send('by name\n');
    await listener.hears('dale: by name\n');
    const token = await rig.login(dale, 'dale');
    using byToken = await enter(dale, token);
    await byToken.send('by token\n');
    await listener.hears('dale: by name\ndale: by token\n');
  });

  test('the session of a certificate ends with the connection', async () => {
    const { sessions, users } = rig.gatherd.services;
    const { id = '' } = (await users.findByNameKey('dale')) ?? {};
    const ofChat = () => sessions.sessionsOf(id).filter(({ client }) => client === 'chat').length;
    await until('the others have left', () => ofChat() === 0);
    using client = await enter(dale, 'dale');
    expect(ofChat()).toBe(1);
    client.socket.destroy();
    await until('it has ended', () => ofChat() === 0);
  });

  test('a name that looks like a token is a name', async () => {
    using client = await enter(await rig.issue('dale.of.dots'), 'dale.of.dots');
    expect(client.isClosed).toBe(false);
  });

  test('another’s name, password and token are refused in one line', async () => {
    const token = await rig.login(dale, 'dale');
    for (const line of ['dale', `dale ${PASSWORD}`, token, 'nobody', 'nobody at all'])
      expect(await rig.tell('chat', laura, `${line}\nhello\n`), line).toBe(OF_ANOTHER);
    expect(await rig.tell('chat', laura, 'laura wrong\n')).toBe('Invalid username/email or password\n');
    expect(await rig.tell('chat', await rig.issue('silent'), 'silent\n')).toBe(
      'The permission chat is needed\n',
    );
  });

  test('whoever is renamed is let go, since the certificate has the old name', async () => {
    await rig.create('renamed');
    using client = await enter(await rig.authority.clientPair('renamed'), 'renamed');
    const root = await rig.administrator();
    await rig.gatherd.services.userAdmin.change(root, 'renamed', { username: 'renamed.since' });
    expect(await client.closed()).toBe(
      'The client certificate is of renamed: it is good for this account only\n',
    );
  });
});

describe('at the credentials gateway', () => {
  test('a certificate opens the door, and whose login is asked about is another matter', async () => {
    expect(await rig.tell('credentials', laura, `LOGIN\ndale\n${PASSWORD}\n`)).toBe('Login successful');
    expect(await rig.tell('credentials', laura, 'LOGIN\ndale\nwrong\n')).toBe('Invalid login');
    expect(await rig.tell('credentials', laura, 'ADD\nguest\npass\n')).toBe('User successfully added!');
  });

  test('a request that comes with the end of the connection is answered', async () => {
    using client = await rig.connect('credentials', laura);
    client.socket.end(`LOGIN\ndale\n${PASSWORD}`);
    expect(await client.closed()).toBe('Login successful');
  });
});

describe('a certificate that is not in order', () => {
  const wrong: Readonly<Record<string, () => Promise<Shown>>> = {
    'none was sent': () => Promise.resolve(undefined),
    'it has expired': () => rig.authority.clientPair('dale', TIMES.over()),
    'it is self-signed': () => rig.authority.clientPair('dale', { isSelfSigned: true }),
    'nobody trusted here has issued it': async () => (await makeTestAuthority('Another')).clientPair('dale'),
    'there is no account of this name': () => rig.issue('nobody'),
    'it was issued before the account had this name': () =>
      rig.authority.clientPair('dale', { from: new Date(rig.gatherd.clock.now().getTime() - 3_600_000) }),
    'it was revoked': async () => {
      const pair = await rig.issue('dale');
      await writeFile(rig.files.crl, await rig.authority.crl([pair.serialNumber]));
      await rig.gatherd.wired.tls?.reload();
      return pair;
    },
  };

  test.each(Object.entries(wrong))('is refused by the gateways in one line: %s', async (reason, make) => {
    const shown = await make();
    const line = `The client certificate is refused: ${reason}\n`;
    const said = { chat: `dale ${PASSWORD}\nhello\n`, credentials: `LOGIN\ndale\n${PASSWORD}\n` } as const;
    for (const gateway of ['chat', 'credentials'] as const)
      expect(await rig.tell(gateway, shown, said[gateway]), gateway).toBe(line);
    expect(await byCertificate(shown)).toMatchObject({ body: { code: 'certificate.refused', reason } });
  });
});
