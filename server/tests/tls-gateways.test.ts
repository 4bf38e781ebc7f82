import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { InProcessGatherd } from './support/in-process-gatherd.js';
import { PASSWORD } from './support/services-rig.js';
import {
  makeTestAuthority,
  TIMES,
  type TestAuthority,
  type TestPair,
  type WrittenAuthority,
} from './support/test-authority.js';
import { temporaryDirectory } from './support/temporary-directory.js';
import { gone } from './support/tls-identity-rig.js';
import { until } from './support/until.js';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let authority: TestAuthority;
let files: WrittenAuthority;
let gatherd: InProcessGatherd;

beforeEach(async () => {
  directory = await temporaryDirectory();
  authority = await makeTestAuthority();
  files = await authority.writeTo(directory.path);
  gatherd = await InProcessGatherd.start({
    ...{
      GATHERD_TLS_CERT: files.serverCert,
      GATHERD_TLS_KEY: files.serverKey,
      GATHERD_TLS_CLIENT_CA: files.ca,
    },
    // Beyond loopback, which both may be with certificates of clients.
    ...{ GATHERD_CHAT: '0.0.0.0:0', GATHERD_CHAT_TLS: 'mutual' },
    ...{ GATHERD_CREDENTIALS: '0.0.0.0:0', GATHERD_CREDENTIALS_TLS: 'mutual' },
  });
  await gatherd.openGateways();
  await gatherd.services.registrations.create(
    { endpoint: 'local', door: 'operator' },
    { username: 'dale', password: PASSWORD },
  );
});

afterEach(async () => {
  await gatherd[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

function connectTo(gateway: string, pair?: TestPair): TLSSocket {
  const port = Number(gatherd.gateway(gateway).split(':')[1]);
  const shown = pair === undefined ? {} : { cert: pair.certPem, key: pair.keyPem };
  const to = { port, host: '127.0.0.1', servername: 'localhost', ca: authority.caPem };
  const socket = connect({ ...to, ...shown });
  socket.on('error', () => undefined);
  return socket;
}

const reasons = () => gatherd.log.map((line) => (line as unknown as Record<string, unknown>)['reason']);

test('a client whose certificate is not in order is told why in a line, and closed', async () => {
  const revoked = await authority.clientPair('dale');
  await writeFile(files.crl, await authority.crl([revoked.serialNumber]));
  const stranger = await makeTestAuthority('Test CA');
  const cases: readonly (readonly [TestPair | undefined, string])[] = [
    [undefined, 'none was sent'],
    [await authority.clientPair('dale', TIMES.over()), 'it has expired'],
    [await authority.clientPair('dale', { isSelfSigned: true }), 'it is self-signed'],
    [await stranger.clientPair('dale'), 'nobody trusted here has issued it'],
    [await authority.clientPair('dale', { purpose: 'server' }), 'it is not for clients'],
    [revoked, 'it was revoked'],
  ];
  await until('the list is read', () => gatherd.log.some(({ msg }) => msg.includes('files have changed')));
  for (const gateway of ['chat', 'credentials'])
    for (const [pair, reason] of cases) {
      const socket = connectTo(gateway, pair);
      socket.write('LOGIN\ndale\npie\n');
      expect(await text(socket)).toBe(`The client certificate is refused: ${reason}\n`);
      expect(reasons()).toContain(reason);
    }
});

test('who is revoked while connected is cut off', async () => {
  const dale = await authority.clientPair('dale');
  const socket = connectTo('chat', dale);
  await once(socket, 'secureConnect');
  socket.write(`dale ${PASSWORD}\n`);
  await until('it is in the chat', () => gatherd.feed.count === 1);
  await writeFile(files.crl, await authority.crl([dale.serialNumber]));
  await gone(socket);
  await until('it is out of the chat', () => gatherd.feed.count === 0);
  expect(await text(connectTo('chat', dale))).toBe('The client certificate is refused: it was revoked\n');
});
