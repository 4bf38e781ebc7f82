import { writeFile } from 'node:fs/promises';
import { WebSocket } from 'ws';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { AuditEntry } from '../../protocol/audit.js';
import { MutualRig, type Answer, type Asked, type Shown } from './support/mutual-rig.js';
import { PASSWORD } from './support/services-rig.js';
import { makeTestAuthority, TIMES, type TestPair } from './support/test-authority.js';

const HOUR_MS = 3_600_000;

let rig: MutualRig;
let dale: TestPair;
let laura: TestPair;

beforeAll(async () => {
  rig = await MutualRig.open('factor');
  for (const name of ['dale', 'laura', 'harry']) await rig.create(name);
  await rig.create('root', { role: 'admin' });
  await rig.create('newcomer', { password: undefined });
  [dale, laura] = await Promise.all([rig.issue('dale'), rig.issue('laura')]);
});

afterAll(async () => {
  await rig[Symbol.asyncDispose]();
});

const LOGIN = { username: 'dale', password: PASSWORD };
const identify = (username: string) => ({ message_type: 'IDENTIFY', username });
const authenticate = (username: string) => ({ message_type: 'AUTHENTICATE', username, password: PASSWORD });
const message = (token: string) => ({ message_type: 'MESSAGE', token, message: 'hello' });

function refusedAs(code: string, detail: string) {
  return { status: 403, body: { status: 403, code, detail } };
}

function refusedByContract(text: string) {
  return { status: 403, body: { status_code: 403, status_message: text, status_description: 'Forbidden' } };
}

async function handshake(shown: Shown, name: string): Promise<string> {
  await rig.ask(shown, '/identify', { body: identify(name) });
  const { body } = await rig.ask(shown, '/authenticate', { body: authenticate(name) });
  return String(body['token']);
}

async function refusedLogins(): Promise<readonly AuditEntry[]> {
  const { services } = rig.gatherd;
  const page = await services.audit.page({ limit: 1000, action: 'login', outcome: 'refused' });
  return page.entries;
}

describe('with the certificate of the account', () => {
  test('a password opens a session, which is good there and noted with the certificate', async () => {
    const token = await rig.login(dale, 'dale');
    expect(await rig.ask(dale, '/v1/account', { token })).toMatchObject({
      status: 200,
      body: { username: 'dale' },
    });
    const { entries } = await rig.gatherd.services.audit.page({ limit: 1, action: 'login' });
    expect(entries[0]).toMatchObject({ actor: 'dale', outcome: 'done' });
    expect(entries[0]?.details).toMatchObject({ certificate: dale.serialNumber });
  });

  test('an e-mail address and another spelling of the name are the account’s too', async () => {
    const token = await rig.login(dale, 'dale');
    const body = { email: 'dale@example.org' };
    expect(await rig.ask(dale, '/v1/account', { method: 'PATCH', token, body })).toMatchObject({
      status: 200,
    });
    for (const username of ['DALE', 'Dale@Example.org'])
      expect(await rig.ask(dale, '/v1/sessions', { body: { ...LOGIN, username } })).toMatchObject({
        status: 201,
      });
  });

  test('a wrong password is refused as everywhere', async () => {
    const body = { ...LOGIN, password: 'not this one' };
    expect(await rig.ask(dale, '/v1/sessions', { body })).toMatchObject({
      body: { code: 'account.wrong_credentials' },
    });
  });

  test('contract 1 is spoken as without', async () => {
    const token = await handshake(dale, 'dale');
    const sent = await rig.ask(dale, '/message', { body: message(token) });
    expect(sent).toMatchObject({ status: 201, body: { status_message: 'Message Received from dale' } });
  });

  test('a bulk request, the feed by header and by ticket', async () => {
    const token = await rig.login(dale, 'dale');
    expect(await rig.ask(dale, '/v1/messages', { token, body: { message: 'several' } })).toMatchObject({
      status: 200,
    });
    const { body } = await rig.ask(dale, '/v1/feed/tickets', { method: 'POST', token });
    for (const credentials of [{ token }, { ticket: String(body['ticket']) }]) {
      const socket = await rig.follow(dale, credentials);
      expect(socket).toBeInstanceOf(WebSocket);
      if (socket instanceof WebSocket) socket.terminate();
    }
  });

  test('it does not stand for the password', async () => {
    const asked = await rig.ask(dale, '/v1/sessions/certificate', { method: 'POST' });
    expect(asked).toMatchObject(
      refusedAs(
        'certificate.password_needed',
        'A certificate alone is not enough here: log in with the password',
      ),
    );
    expect(await rig.tell('chat', dale, 'dale\n')).toBe(`${String(asked.body['detail'])}\n`);
  });

  test('a one-time password is good for its one login', async () => {
    const { services } = rig.gatherd;
    const root = await rig.administrator();
    const { one_time_password: password } = await services.userAdmin.resetPassword(root, 'newcomer');
    const body = { username: 'newcomer', password };
    const answer = await rig.ask(await rig.issue('newcomer'), '/v1/sessions', { body });
    expect(answer).toMatchObject({ status: 201 });
  });

  test('a message costs no look into the database', async () => {
    const token = await handshake(dale, 'dale');
    const agent = rig.agent(dale);
    const send = () => rig.ask(dale, '/message', { body: message(token), agent });
    expect(await send()).toMatchObject({ status: 201 });
    const { database } = rig.gatherd.services;
    const looks = [
      vi.spyOn(database, 'read'),
      vi.spyOn(database, 'write'),
      vi.spyOn(database, 'writeIfOwned'),
    ];
    expect(await send()).toMatchObject({ status: 201 });
    expect(looks.map((look) => look.mock.calls.length)).toEqual([0, 0, 0]);
    vi.restoreAllMocks();
    agent.destroy();
  });
});

describe('with the certificate of another account', () => {
  const detail = 'The client certificate is of laura: it is good for this account only';
  const refusal = refusedAs('certificate.of_another', detail);

  test('a login is refused, known or not, and noted', async () => {
    for (const username of ['dale', 'nobody', 'dale@example.org'])
      expect(await rig.ask(laura, '/v1/sessions', { body: { ...LOGIN, username } })).toMatchObject(refusal);
    const noted = await refusedLogins();
    expect(noted.find(({ subject }) => subject === 'dale')?.details).toEqual({
      reason: 'certificate.of_another',
      certificate: laura.serialNumber,
    });
  });

  test('IDENTIFY and AUTHENTICATE are refused in the words of contract 1', async () => {
    for (const name of ['dale', 'nobody']) {
      expect(await rig.ask(laura, '/identify', { body: identify(name) })).toMatchObject(
        refusedByContract(detail),
      );
      const { status, body } = await rig.ask(laura, '/', { body: authenticate(name) });
      expect([status, body]).toEqual([403, { ...refusedByContract(detail).body, token: '' }]);
    }
    expect(await rig.gatherd.services.users.findByNameKey('nobody')).toBeUndefined();
  });

  test('nobody registers, under whatever name', async () => {
    const body = { username: 'another', password: PASSWORD };
    expect(await rig.ask(laura, '/v1/account', { body })).toMatchObject(refusal);
    const own = await rig.ask(laura, '/v1/account', { body: { ...body, username: 'laura' } });
    expect(own).toMatchObject({ body: { code: 'account.name_taken' } });
  });

  test('a stolen token is good for nothing', async () => {
    const login = await rig.login(dale, 'dale');
    const made = await rig.ask(dale, '/v1/tokens', {
      token: login,
      body: { name: 'device', permissions: ['messages:write', 'chat'] },
    });
    const jwt = await handshake(dale, 'dale');
    const before = (await rig.gatherd.records()).length;
    for (const token of [login, String(made.body['token']), jwt]) {
      const asks: readonly [string, Asked][] = [
        ['/v1/account', { token }],
        ['/v1/sessions/current', { token, method: 'DELETE' }],
        ['/v1/messages', { token, body: { message: 'stolen' } }],
        ['/v1/messages', { token }],
        ['/v1/feed', { token }],
        ['/v1/feed/tickets', { token, method: 'POST' }],
        ['/v1/chat', { token, body: { message: 'stolen' } }],
      ];
      for (const [path, asked] of asks)
        expect(await rig.ask(laura, path, asked), path).toMatchObject(refusal);
      const sent = await rig.ask(laura, '/message', { body: message(token) });
      expect(sent).toMatchObject(refusedByContract(detail));
      expect(await rig.follow(laura, { token })).toMatchObject(refusal.body);
    }
    const { body } = await rig.ask(dale, '/v1/feed/tickets', { method: 'POST', token: login });
    const ticket = String(body['ticket']);
    expect(await rig.follow(laura, { ticket })).toMatchObject(refusal.body);
    expect(await rig.follow(dale, { ticket })).toMatchObject({ code: 'ticket.invalid' });
    expect((await rig.gatherd.records()).length).toBe(before);
    // They were not ended by that.
    expect(await rig.ask(dale, '/v1/account', { token: login })).toMatchObject({ status: 200 });
  });
});

describe('a certificate that is not in order', () => {
  const wrong: Readonly<Record<string, () => Promise<Shown>>> = {
    'none was sent': () => Promise.resolve(undefined),
    'it has expired': () => rig.authority.clientPair('dale', TIMES.over()),
    'it is self-signed': () => rig.authority.clientPair('dale', { isSelfSigned: true }),
    'nobody trusted here has issued it': async () => (await makeTestAuthority('Another')).clientPair('dale'),
    'it is not for clients': () => rig.authority.clientPair('dale', { purpose: 'server' }),
    'it was revoked': async () => {
      const pair = await rig.issue('dale');
      await writeFile(rig.files.crl, await rig.authority.crl([pair.serialNumber]));
      await rig.gatherd.wired.tls?.reload();
      return pair;
    },
  };

  test.each(Object.entries(wrong))('is refused by every door in its own form: %s', async (reason, make) => {
    const token = await rig.login(laura, 'laura');
    const shown = await make();
    const detail = `The client certificate is refused: ${reason}`;
    const refusal = { ...refusedAs('certificate.refused', detail), headers: { connection: 'close' } };
    for (const path of ['/healthz', '/metrics', '/docs', '/v1/account', '/v1/feed', '/nowhere'])
      expect(await rig.ask(shown, path, { token }), path).toMatchObject(refusal);
    expect(await rig.ask(shown, '/v1/sessions', { body: LOGIN })).toMatchObject(refusal);
    expect(await rig.ask(shown, '/v1/messages', { token, body: { message: 'no' } })).toMatchObject(refusal);
    expect(await rig.ask(shown, '/v1/sessions/certificate', { method: 'POST' })).toMatchObject(refusal);
    for (const body of [identify('dale'), message(token)]) {
      const refused = await rig.ask(shown, '/', { body });
      expect(refused).toMatchObject({ ...refusedByContract(detail), headers: { connection: 'close' } });
    }
    expect(await rig.follow(shown, { token })).toMatchObject(refusal.body);
  });

  test('of nobody, it opens what is public and nothing else', async () => {
    const nobody = await rig.issue('nobody');
    const refusal = refusedAs(
      'certificate.refused',
      'The client certificate is refused: there is no account of this name',
    );
    expect(await rig.ask(nobody, '/healthz')).toMatchObject({ status: 200 });
    expect(await rig.ask(nobody, '/v1/sessions', { body: LOGIN })).toMatchObject(refusal);
    expect(await rig.ask(nobody, '/v1/account', { body: { ...LOGIN, username: 'nobody' } })).toMatchObject(
      refusal,
    );
    expect(await rig.ask(nobody, '/identify', { body: identify('nobody') })).toMatchObject(
      refusedByContract(refusal.body.detail),
    );
    const token = await rig.login(laura, 'laura');
    const { body } = await rig.ask(nobody, '/v1/account', { token });
    expect(body).toMatchObject({ code: 'certificate.of_another' });
  });
});

describe('what becomes of an account becomes of its certificate, at once', () => {
  const older = refusedAs(
    'certificate.refused',
    'The client certificate is refused: it was issued before the account had this name',
  );

  async function rename(from: string, to: string): Promise<void> {
    const root = await rig.administrator();
    await rig.gatherd.services.userAdmin.change(root, from, { username: to });
  }

  test('whoever takes a name that is free again does not get what its old certificate may, nor the other way round', async () => {
    await rig.create('owner');
    const old = await rig.issue('owner');
    const token = await rig.login(old, 'owner');
    const feed = await rig.follow(old, { token });
    if (!(feed instanceof WebSocket)) throw new Error('it is not followed');
    const closed = new Promise((resolve) => feed.once('close', resolve));
    rig.gatherd.clock.advance(2 * HOUR_MS);
    await rename('owner', 'former');
    // Neither by a session that goes on, nor by a new one.
    await closed;
    expect(await rig.ask(old, '/v1/account', { token })).toMatchObject({
      body: { code: 'certificate.of_another' },
    });
    await rig.create('owner');
    for (const username of ['owner', 'former']) {
      const body = { username, password: PASSWORD };
      expect(await rig.ask(old, '/v1/sessions', { body })).toMatchObject(older);
      expect(await rig.ask(old, '/identify', { body: identify(username) })).toMatchObject({ status: 403 });
    }
    const next = await rig.authority.clientPair('owner', { from: rig.gatherd.clock.now() });
    const stolen = await rig.login(next, 'owner');
    expect(stolen).toMatch(/^gds_/);
    expect(await rig.ask(old, '/v1/account', { token: stolen })).toMatchObject(older);
    const sent = await rig.ask(old, '/message', { body: message(stolen) });
    expect(sent).toMatchObject(refusedByContract(older.body.detail));
    const former = await rig.authority.clientPair('former', { from: rig.gatherd.clock.now() });
    expect(await rig.ask(former, '/v1/account', { token })).toMatchObject({ body: { username: 'former' } });
  });

  test('one that is of the second in which the account was made is good', async () => {
    const { clock } = rig.gatherd;
    clock.advance(1900 - (clock.now().getTime() % 1000));
    await rig.create('punctual');
    const pair = await rig.authority.clientPair('punctual', { from: clock.now() });
    expect(await rig.login(pair, 'punctual')).toMatch(/^gds_/);
  });

  test('of who is suspended or removed it is good for nothing', async () => {
    const { services, clock } = rig.gatherd;
    await rig.create('leaver');
    const pair = await rig.authority.clientPair('leaver', { from: clock.now() });
    const body = { username: 'leaver', password: PASSWORD };
    const root = await rig.administrator();
    await services.userAdmin.change(root, 'leaver', { status: 'suspended' });
    const asks = async (): Promise<Answer[]> => [
      await rig.ask(pair, '/v1/sessions', { body }),
      await rig.ask(pair, '/identify', { body: identify('leaver') }),
    ];
    for (const answer of await asks()) expect(answer).toMatchObject({ status: 403 });
    await services.userAdmin.remove(root, 'leaver');
    for (const answer of await asks()) expect(answer).toMatchObject({ status: 403 });
    clock.advance(HOUR_MS);
    await rig.create('leaver');
    expect(await rig.ask(pair, '/v1/sessions', { body })).toMatchObject(older);
  });
});
