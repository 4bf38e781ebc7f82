import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../tests/support/temporary-directory.js';
import { TlsIdentity } from './tls-identity.js';

const CERT = fileURLToPath(new URL('../tests/support/tls/cert.pem', import.meta.url));
const KEY = fileURLToPath(new URL('../tests/support/tls/key.pem', import.meta.url));
const logger = pino({ level: 'silent' });

test('files that are no certificate with its key are named at the start', async () => {
  await using directory = await temporaryDirectory();
  const file = (name: string, text: string) => {
    const path = join(directory.path, name);
    writeFileSync(path, text);
    return path;
  };
  const nowhere = join(directory.path, 'nowhere');
  const nonsense = file('nonsense', 'nonsense');
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const otherKey = file('other', other.export({ type: 'pkcs8', format: 'pem' }).toString());
  const problems = async (tlsCert: string, tlsKey: string) => {
    const settings = { tlsCert, tlsKey, tlsClientCa: undefined, tlsClientCrl: undefined };
    const refused = await TlsIdentity.open(settings, { logger }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'config.invalid' });
    return (refused as Error).message;
  };
  expect(await problems(nowhere, KEY)).toBe(`GATHERD_TLS_CERT: ${nowhere} cannot be read (ENOENT)`);
  expect(await problems(CERT, nowhere)).toBe(`GATHERD_TLS_KEY: ${nowhere} cannot be read (ENOENT)`);
  expect(await problems(nonsense, KEY)).toBe(`GATHERD_TLS_CERT: ${nonsense} is no certificate in PEM`);
  expect(await problems(CERT, nonsense)).toBe(`GATHERD_TLS_KEY: ${nonsense} is no private key in PEM`);
  expect(await problems(CERT, otherKey)).toBe(
    `GATHERD_TLS_KEY: ${otherKey} is not the key of the certificate ${CERT}`,
  );
});
