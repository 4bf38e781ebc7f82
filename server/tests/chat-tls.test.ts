import { readFileSync } from 'node:fs';
import { connect as connectPlainly } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ChatRig } from './support/chat-rig.js';
import { PASSWORD } from './support/services-rig.js';
import { until } from './support/until.js';

const CERT = fileURLToPath(new URL('support/tls/cert.pem', import.meta.url));
const KEY = fileURLToPath(new URL('support/tls/key.pem', import.meta.url));
const ca = readFileSync(CERT, 'utf8');

const TLS = { GATHERD_CHAT_TLS: 'server', GATHERD_TLS_CERT: CERT, GATHERD_TLS_KEY: KEY };

let rig: ChatRig;

beforeEach(async () => {
  // Beyond loopback, which it may be with TLS.
  rig = await ChatRig.open({ ...TLS, GATHERD_CHAT: '0.0.0.0:0' });
  for (const name of ['dale', 'laura']) await rig.create(name);
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

async function enter(name: string) {
  const before = rig.connected;
  const client = await rig.connect({ ca });
  await client.send(`${name} ${PASSWORD}\n`);
  await until('it is in the chat', () => rig.connected > before);
  return client;
}

test('the chat goes over TLS as it does without', async () => {
  const [dale, laura] = [await enter('dale'), await enter('laura')];
  await dale.send(`hello\n${'x'.repeat(100_000)}\n`);
  await laura.hears(`dale: hello\ndale: ${'x'.repeat(100_000)}\n`);
  laura.socket.end('bye\n');
  await dale.hears('laura: bye\n');
  await laura.closed();
  dale.socket.destroy();
  await until('both are gone', () => rig.connected === 0);
});

test('a refusal arrives whole', async () => {
  const client = await rig.connect({ ca });
  await client.send('dale wrong\n');
  expect(await client.closed()).toBe('Invalid username/email or password\n');
});

test('TLS 1.1 and a client without TLS are not heard', async () => {
  await expect(rig.connect({ ca, maxVersion: 'TLSv1.1' })).rejects.toThrow();
  const plain = await rig.connect();
  await plain.send(`dale ${PASSWORD}\nhello\n`);
  await plain.closed();
  expect(plain.text).not.toContain('dale');
  expect(await rig.gatherd.records()).toEqual([]);
});

test('who is still shaking hands does not keep gatherd from ending, and who vanishes then leaves nothing', async () => {
  const [, port] = rig.gatherd.gateway('chat').split(':');
  const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
  const before = sockets();
  const vanishing = Array.from({ length: 20 }, () => connectPlainly(Number(port), '127.0.0.1'));
  for (const socket of vanishing) {
    socket.on('error', () => undefined);
    socket.once('connect', () => socket.write('\x16\x03'));
  }
  // Both ends of each are of this process; what was there before may go meanwhile.
  await until('they are there', () => sockets() >= 2 * vanishing.length);
  const [breaking, leaving] = [vanishing.slice(10), vanishing.slice(0, 10)];
  for (const socket of breaking) socket.resetAndDestroy();
  for (const socket of leaving) socket.destroy();
  // Before they are closed for taking too long.
  await until('nothing of them is left', () => sockets() <= before, 7000);
  // So that the time never comes after which whatever is open is cut off.
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  try {
    const silent = connectPlainly(Number(port), '127.0.0.1');
    silent.on('error', () => undefined);
    await until('it is there', () => silent.readyState === 'open' && sockets() >= 2);
    await rig.gatherd.stop();
    silent.destroy();
  } finally {
    vi.useRealTimers();
  }
});
