import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Request } from 'zeromq';
import { expect, test } from 'vitest';
import { GatherdProcess, runGatherd } from './support/gatherd-process.js';
import { RawConnection } from './support/raw-connection.js';
import { temporaryDirectory } from './support/temporary-directory.js';
import { until } from './support/until.js';
import { PATIENCE_MS } from './support/patience.js';

const GATEWAYS = ['--zmq', 'tcp://127.0.0.1:0', '--credentials', '127.0.0.1:0'];

/** Where a gateway of a server listens, as it has printed. */
const addressOf = (gatherd: GatherdProcess, name: string): Promise<string> =>
  until(
    'the gateway is open',
    () => new RegExp(`Gateway ${name} listens on (\\S+)`).exec(gatherd.output)?.[1],
  );

test.each(['SIGTERM', 'SIGINT'] as const)('%s ends gateways with clients on them cleanly', async (signal) => {
  await using gatherd = await GatherdProcess.start({ args: GATEWAYS });
  const client = new Request({ linger: 0, receiveTimeout: PATIENCE_MS });
  client.connect(await addressOf(gatherd, 'zmq'));
  await client.send('{"action":"health_check"}');
  expect(String(await client.receive())).toContain('healthy');
  using silent = await RawConnection.open(await addressOf(gatherd, 'credentials'));
  using other = await RawConnection.open(await addressOf(gatherd, 'credentials'));
  expect(await other.end('ADD\ndale\npie\n')).toBe('User successfully added!');
  expect(await gatherd.stop(signal)).toBe(0);
  expect(await silent.reply).toBe('Invalid request.');
  client.close();
});

test('an address that is in use ends gatherd with 78, and says which', async () => {
  await using occupied = createServer().listen(0, '127.0.0.1');
  await once(occupied, 'listening');
  await using directory = await temporaryDirectory();
  const address = `127.0.0.1:${String((occupied.address() as AddressInfo).port)}`;
  const args = ['--port', '0', '--data-dir', directory.path, '--zmq', `tcp://${address}`];
  const { code, stderr } = await runGatherd(args);
  expect(stderr).toContain(`GATHERD_ZMQ: ${address} is in use by another program`);
  expect(code).toBe(78);
});

test('SIGTERM lets the clients of the chat go, and what they said is stored', async () => {
  const args = ['--chat', '127.0.0.1:0', '--chat-mode', 'open'];
  await using gatherd = await GatherdProcess.start({ args });
  const address = await addressOf(gatherd, 'chat');
  using dale = await RawConnection.open(address);
  using laura = await RawConnection.open(address);
  await until('both are in', () => gatherd.output.split('Somebody has come into the chat.').length === 3);
  const heard = once(laura.socket, 'data');
  await dale.send('last words');
  expect(String(await heard)).toBe('last words');
  expect(await gatherd.stop()).toBe(0);
  expect([await dale.reply, await laura.reply]).toEqual(['', 'last words']);
  expect(await readFile(join(gatherd.dataDir, 'dump.ndjson'), 'utf8')).toContain(
    '"message":"last words","topic":"chat"',
  );
});

test('a certificate that cannot be read ends gatherd with 78, and says which', async () => {
  await using directory = await temporaryDirectory();
  const nowhere = join(directory.path, 'cert.pem');
  const tls = ['--chat', '0.0.0.0:0', '--chat-tls', 'server', '--tls-cert', nowhere, '--tls-key', nowhere];
  const { code, stderr } = await runGatherd(['--port', '0', '--data-dir', directory.path, ...tls]);
  expect(stderr).toContain(`GATHERD_TLS_CERT: ${nowhere} cannot be read (ENOENT)`);
  expect(code).toBe(78);
});
