import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RecordsClient } from './support/records-client.js';
import { RecordsRig, sessionIn } from './support/records-rig.js';
import { PASSWORD } from './support/services-rig.js';
import type { TestPair } from './support/test-authority.js';

describe.each(['factor', 'alone'] as const)('where a certificate is needed (%s)', (rule) => {
  let rig: RecordsRig;
  let dale: TestPair;
  let laura: TestPair;

  beforeAll(async () => {
    rig = await RecordsRig.open({ GATHERD_RECORDS_TLS: 'mutual', GATHERD_TLS_CLIENT_LOGIN: rule });
    const { clock } = rig.gatherd;
    // Certificates go by the machine's clock, and have to be younger than the names of accounts.
    clock.advance(Date.now() - 60_000 - clock.now().getTime());
    for (const name of ['dale', 'laura']) await rig.create(name, { email: `${name}@example.org` });
    [dale, laura] = [await rig.authority.clientPair('dale'), await rig.authority.clientPair('laura')];
  });

  afterAll(async () => {
    await rig[Symbol.asyncDispose]();
  });

  const connect = ({ certPem, keyPem }: TestPair): Promise<RecordsClient> =>
    rig.connect({ cert: certPem, key: keyPem });

  test('its account logs on by its password, and nobody else by theirs', async () => {
    using client = await connect(dale);
    for (const name of ['dale', 'dale@example.org'])
      expect(
        await client.ask(`${sessionIn(await client.ask(`-//logon: ${name},${PASSWORD}`))}//get: 1`),
      ).toBe('Employee does not exist');
    expect(await client.ask(`-//logon: laura,${PASSWORD}`)).toBe('Invalid credentials');
    expect(await client.ask(`-//logon: nobody,${PASSWORD}`)).toBe('Invalid credentials');
    expect(await client.ask('-//logon: dale,wrong')).toBe('Invalid credentials');
    expect(await client.ask('-//logon: laura,')).toBe('Invalid credentials');
  });

  test('a session of another account is not good on its connection', async () => {
    using first = await connect(dale);
    using second = await connect(laura);
    const session = sessionIn(await first.ask(`-//logon: dale,${PASSWORD}`));
    expect(await second.ask(`${session}//get: 1`)).toBe('Invalid permissions');
    expect(await first.ask(`${session}//get: 1`)).toBe('Employee does not exist');
  });

  test('the password may be empty only where the certificate is enough', async () => {
    using client = await connect(dale);
    const answer = await client.ask('-//logon: dale,\n');
    if (rule === 'factor') expect(answer).toBe('Invalid credentials');
    else expect(await client.ask(`${sessionIn(answer)}//get: 1`)).toBe('Employee does not exist');
  });

  test('nobody is heard without one, or with one of nobody', async () => {
    using without = await rig.connect();
    expect(await without.ask('-//get: 1')).toMatch(/^The client certificate is refused: .+\n$/);
    expect(await without.closed()).toBe('');
    using nobody = await connect(await rig.authority.clientPair('nobody'));
    expect(await nobody.closed()).toBe(
      'The client certificate is refused: there is no account of this name\n',
    );
  });
});
