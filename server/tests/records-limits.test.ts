import { connect as connectPlainly } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { RecordsRig, sessionIn } from './support/records-rig.js';
import { PASSWORD } from './support/services-rig.js';
import { until } from './support/until.js';

let rig: RecordsRig;

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

test('a connection without a request is closed, and its session ends', async () => {
  rig = await RecordsRig.open({ GATHERD_RECORDS_IDLE_TIMEOUT: '1' });
  await rig.create('dale');
  const { client } = await rig.logOn('dale');
  expect(rig.services.sessions.count).toBe(1);
  expect(await client.closed()).toBe('');
  await until('its session has ended', () => rig.services.sessions.count === 0);
});

test('passwords tried from an address are counted, and so are wrong ones of an account', async () => {
  rig = await RecordsRig.open({ GATHERD_HANDSHAKE_RATE: '5', GATHERD_WRONG_PASSWORDS: '2' });
  await rig.create('dale');
  await rig.create('laura');
  using client = await rig.connect();
  for (let tries = 0; tries < 2; tries += 1)
    expect(await client.ask('-//logon: dale,wrong')).toBe('Invalid credentials');
  expect(await client.ask(`-//logon: dale,${PASSWORD}`)).toBe('Invalid credentials');
  sessionIn(await client.ask(`-//logon: laura,${PASSWORD}`));
  sessionIn(await client.ask(`-//logon: laura,${PASSWORD}`));
  expect(await client.ask(`-//logon: laura,${PASSWORD}`)).toBe('Invalid credentials');
  const refused = rig.gatherd.log.filter(({ msg }) => msg === 'A request to a gateway was refused.');
  expect(refused.at(-1)).toMatchObject({ gateway: 'records', action: 'logon', code: 'request.rate_limited' });
});

test('where the database does not answer nothing is claimed, and the log has it', async () => {
  rig = await RecordsRig.open();
  await rig.create('dale');
  const { client, session } = await rig.logOn('dale');
  await rig.services.database.client.$executeRawUnsafe('ALTER TABLE "Employee" RENAME TO "Gone"');
  for (const request of ['get: 1', 'add: 1,a,b,1,01-01-2000,1', 'update: 1,,,,,1', 'delete: 1'])
    expect(await client.ask(`${session}//${request}`), request).toBe('Invalid Request');
  expect(rig.gatherd.log.filter(({ level }) => level >= 40).length).toBeGreaterThanOrEqual(4);
});

test('what is not TLS, or an old one, is not heard', async () => {
  rig = await RecordsRig.open();
  await rig.create('dale');
  const [host = '', port] = rig.address.split(':');
  const plain = connectPlainly({ host, port: Number(port) });
  let said = '';
  plain.on('error', () => undefined).on('data', (piece) => (said += piece.toString('latin1')));
  plain.write(`-//logon: dale,${PASSWORD}\n`);
  await until('it is closed', () => plain.closed);
  expect(said).not.toContain('SUCCESS');
  await expect(rig.connect({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1' })).rejects.toThrow();
});

test('when gatherd ends, what is under way is answered, and no session is left', async () => {
  rig = await RecordsRig.open();
  await rig.create('dale');
  const { client } = await rig.logOn('dale');
  using silent = await rig.connect();
  const login = vi.spyOn(rig.services.logins, 'login');
  await client.send(`-//logon: dale,${PASSWORD}\n`);
  await until('it has arrived', () => login.mock.calls.length > 0);
  await rig.gatherd.restart();
  expect(await client.closed()).toMatch(/^SUCCESS: gds_[\w-]+$/);
  expect(await silent.closed()).toBe('');
  expect(rig.services.sessions.count).toBe(0);
});
