import { X509Certificate } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadSettings } from '../config/load-settings.js';
import { makeTestAuthority, type TestAuthority } from '../tests/support/test-authority.js';
import { temporaryDirectory } from '../tests/support/temporary-directory.js';
import { welcome } from './welcome.js';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let authority: TestAuthority;

beforeAll(async () => {
  directory = await temporaryDirectory();
  authority = await makeTestAuthority();
});

afterAll(() => directory[Symbol.asyncDispose]());

function saidWith(env: Readonly<Record<string, string>>, certificate?: X509Certificate): string {
  const { settings } = loadSettings({}, env);
  return welcome({ settings, port: 6174, dumpPath: 'dump.ndjson', gateways: [], certificate });
}

function helloOf(env: Readonly<Record<string, string>>, certificate?: X509Certificate): string {
  const text = saidWith(env, certificate);
  return text.split('the menu: ')[1] ?? text;
}

async function overTls(names: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const files = await authority.writeTo(directory.path, await authority.serverPair({ names }));
  const certificate = new X509Certificate(await readFile(files.serverCert));
  const given = { GATHERD_TLS_CERT: files.serverCert, GATHERD_TLS_KEY: files.serverKey, ...env };
  return { files, hello: () => helloOf(given, certificate), said: () => saidWith(given, certificate) };
}

test.each([
  ['127.0.0.1', '127.0.0.1:6174'],
  ['0.0.0.0', '127.0.0.1:6174'],
  ['::', '[::1]:6174'],
  ['gather.example', 'gather.example:6174'],
])('a first message is sent to an address that can be connected to: %s', (host, address) => {
  expect(helloOf({ GATHERD_HOST: host, GATHERD_INSECURE_HTTP: 'true' })).toBe(`npx gather ${address}\n`);
});

test.each([
  ['0.0.0.0', ['gather.example', 'localhost'], 'localhost:6174'],
  ['0.0.0.0', ['*.example', 'gather.example'], 'gather.example:6174'],
  ['127.0.0.1', ['gather.example', '127.0.0.1'], '127.0.0.1:6174'],
  ['10.0.0.7', ['localhost', '10.0.0.7'], '10.0.0.7:6174'],
  ['10.0.0.7', ['gather.example', 'localhost'], 'gather.example:6174'],
])('over TLS it is sent to a name of the certificate: on %s with %j', async (host, names, address) => {
  const { hello, files } = await overTls(names, { GATHERD_HOST: host });
  expect(hello()).toBe(`npx gather https://${address} --ca ${files.ca}\n`);
});

test('the console is where a browser on this machine finds it', async () => {
  const line = (address: string) => `\nThe console for browsers is ${address}/console/\n`;
  expect(saidWith({})).toContain(line('http://127.0.0.1:6174'));
  expect(saidWith({ GATHERD_HOST: '::', GATHERD_INSECURE_HTTP: 'true' })).toContain(
    line('http://[::1]:6174'),
  );
  const { said } = await overTls(['gather.example'], { GATHERD_HOST: '0.0.0.0' });
  expect(said()).toContain(line('https://gather.example:6174'));
});

test('an issuer that is not known is asked about, and who needs a certificate is told so', async () => {
  const { hello, files } = await overTls(['localhost'], {
    ...{ GATHERD_HTTP_TLS: 'mutual', GATHERD_TLS_CLIENT_CA: 'gone.crt' },
  });
  expect(hello()).toBe(`npx gather https://localhost:6174 --ca ${files.ca} --cert NAME.crt --key NAME.key\n`);
  await rm(files.ca);
  expect(hello()).toBe(
    'npx gather https://localhost:6174 --cert NAME.crt --key NAME.key\n' +
      `Where the issuer of ${files.serverCert} is not a public one, its clients need --ca or --pin: docs/tls.md\n`,
  );
});
