import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { curveKeyPair, Request } from 'zeromq';
import { Secret } from '../config/setting-kinds.js';
import { RawConnection } from '../tests/support/raw-connection.js';
import { gatewaySettings } from '../tests/support/gateway-settings.js';
import { openGateways, type GatewayDeps, type GatewaySettings } from './open-gateways.js';
import { PATIENCE_MS } from '../tests/support/patience.js';

const FREE = { host: '127.0.0.1', port: 0 };

let log: string[];
let deps: GatewayDeps;
/** Where a token was said to come from. */
let endpoints: string[];

beforeEach(() => {
  [log, endpoints] = [[], []];
  const authorize = (_token: string, endpoint: string) => {
    endpoints.push(endpoint);
    throw new Error('nobody');
  };
  deps = {
    // Nothing else is asked here.
    services: { sessions: { authorize, count: 0 }, ownAccounts: {} } as never,
    feed: {} as never,
    chat: {} as never,
    paces: {} as never,
    countTry: () => undefined,
    clock: () => new Date(0),
    logger: pino({ base: null }, { write: (line: string) => log.push(line) }),
  };
});

let isOver: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of isOver.reverse()) await close();
  isOver = [];
});

async function open(settings: Partial<GatewaySettings>) {
  const opened = await openGateways(gatewaySettings(settings), deps);
  isOver.push(async () => {
    await opened[Symbol.asyncDispose]();
  });
  return opened.gateways;
}

test('nothing is open that is not asked for', async () => {
  expect(await open({})).toEqual([]);
  expect(await open({ zmq: undefined, credentials: undefined })).toEqual([]);
  expect(log).toEqual([]);
});

test('what is open is said, with its real port', async () => {
  const gateways = await open({ zmq: FREE, credentials: FREE });
  expect(gateways.map(({ name }) => name)).toEqual(['zmq', 'credentials']);
  for (const { address } of gateways) {
    expect(address).not.toMatch(/:0$/);
    expect(log.join('')).toContain(address);
  }
});

test('where one cannot be opened, none stays open', async () => {
  await using occupied = createServer().listen(0, '127.0.0.1');
  await once(occupied, 'listening');
  const { port } = occupied.address() as AddressInfo;
  await expect(
    openGateways(gatewaySettings({ zmq: FREE, credentials: { ...FREE, port } }), deps),
  ).rejects.toMatchObject({
    code: 'config.invalid',
    message: `GATHERD_CREDENTIALS: 127.0.0.1:${String(port)} is in use by another program`,
  });
  const { address } = JSON.parse(log[0] ?? '') as { address: string };
  // ZeroMQ closes in a thread of its own.
  const outcome = () =>
    RawConnection.open(address.replace('tcp://', '')).then(
      () => 'open',
      (error: unknown) => (error as NodeJS.ErrnoException).code,
    );
  await expect.poll(outcome).toBe('ECONNREFUSED');
});

test('beyond loopback nothing is opened without encryption', async () => {
  const at = { host: '0.0.0.0', port: 0 };
  await expect(openGateways(gatewaySettings({ zmq: at }), deps)).rejects.toMatchObject({
    code: 'config.invalid',
  });
  await expect(openGateways(gatewaySettings({ credentials: at }), deps)).rejects.toMatchObject({
    code: 'config.invalid',
  });
});

test('with a key ZeroMQ may listen beyond loopback: its public key is said, the secret one never', async () => {
  const { publicKey, secretKey } = curveKeyPair();
  const [gateway] = await open({ zmq: { host: '0.0.0.0', port: 0 }, zmqCurveKey: new Secret(secretKey) });
  expect(log.join('')).toContain(publicKey);
  expect(log.join('')).not.toContain(secretKey);
  const own = curveKeyPair();
  const client = new Request({
    ...{ linger: 0, receiveTimeout: PATIENCE_MS, curveServerKey: publicKey },
    ...{ curvePublicKey: own.publicKey, curveSecretKey: own.secretKey },
  });
  isOver.push(async () => {
    client.close();
    return Promise.resolve();
  });
  client.connect(gateway?.address.replace('0.0.0.0', '127.0.0.1') ?? '');
  await client.send('{"action":"get_user","session_token":"x"}');
  const [reply] = await client.receive();
  expect(String(reply)).toMatch(/Something went wrong here; the log has it under [\w-]+/);
  expect(endpoints).toEqual(['zmq']);
});

test('a key that ZeroMQ does not take is refused', async () => {
  const zmqCurveKey = new Secret('#'.repeat(40));
  await expect(openGateways(gatewaySettings({ zmq: FREE, zmqCurveKey }), deps)).rejects.toMatchObject({
    code: 'config.invalid',
    message: 'GATHERD_ZMQ_CURVE_KEY: is no key of CURVE',
  });
});
