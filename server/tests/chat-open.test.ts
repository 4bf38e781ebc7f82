import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ChatClient } from './support/chat-client.js';
import { ChatRig } from './support/chat-rig.js';
import { PASSWORD } from './support/services-rig.js';
import { until } from './support/until.js';

const OPEN = { GATHERD_CHAT_MODE: 'open' };

let rig: ChatRig;

beforeEach(async () => {
  rig = await ChatRig.open(OPEN);
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

async function reopen(env: Readonly<Record<string, string>>): Promise<void> {
  await rig[Symbol.asyncDispose]();
  rig = await ChatRig.open({ ...OPEN, ...env });
}

const stored = async () =>
  (await rig.gatherd.records()).map(({ message }) => (typeof message === 'string' ? message : 'no text'));

describe('contract 5, open', () => {
  test('what one says goes to all others as it is, and never back', async () => {
    const [dale, laura, bob] = [await rig.join(), await rig.join(), await rig.join()];
    await dale.send('hello without a line end');
    for (const other of [laura, bob]) await other.hears('hello without a line end');
    await laura.send('two\r\nlines\n');
    for (const other of [dale, bob]) await until('it comes', () => other.text.endsWith('two\r\nlines\n'));
    expect(dale.text).toBe('two\r\nlines\n');
    expect(laura.text).toBe('hello without a line end');
  });

  test('it is a record of nobody with the topic chat', async () => {
    const [dale, laura] = [await rig.join(), await rig.join()];
    await dale.send('pie');
    await laura.hears('pie');
    expect(await rig.gatherd.records()).toEqual([
      expect.objectContaining({
        seq: 1,
        user: 'anonymous',
        endpoint: '127.0.0.1',
        message: 'pie',
        topic: 'chat',
      }),
    ]);
  });

  test('characters that are cut between packets are whole again', async () => {
    const [dale, laura] = [await rig.join(), await rig.join()];
    const text = 'Käse, 漢字, 🥧 – dem Kater';
    for (const byte of Buffer.from(text)) await dale.send(Uint8Array.of(byte));
    await laura.hears(text);
    expect((await stored()).join('')).toBe(text);
    expect((await stored()).join('')).not.toContain('\ufffd');
  });

  test('half a character that nothing follows goes, after a second, as what it is', async () => {
    const [dale, laura] = [await rig.join(), await rig.join()];
    await dale.send(Buffer.from([0x61, 0xe2, 0x82]));
    await laura.hears('a\ufffd');
    expect(await stored()).toEqual(['a', '\ufffd']);
    await dale.send('b');
    await laura.hears('a\ufffdb');
  });

  test('what is sent quickly arrives whole and in order', async () => {
    const [dale, laura] = [await rig.join(), await rig.join()];
    const words = Array.from({ length: 500 }, (_, index) => `${String(index)} `);
    await Promise.all(words.map((word) => dale.send(word)));
    await laura.hears(words.join(''));
    expect(dale.text).toBe('');
    expect((await stored()).join('')).toBe(words.join(''));
  });

  test('a piece over the limit is several messages, cut between characters', async () => {
    await reopen({ GATHERD_MAX_MESSAGE_BYTES: '10' });
    const [dale, laura] = [await rig.join(), await rig.join()];
    const text = '€'.repeat(10);
    await dale.send(text);
    await laura.hears(text);
    expect((await stored()).join('')).toBe(text);
    for (const message of await stored()) expect(Buffer.byteLength(message)).toBeLessThanOrEqual(10);
  });

  test('who leaves, breaks or closes its side is let go, and the rest go on', async () => {
    const [dale, laura, bob, shelly, norma] = (await Promise.all(
      Array.from({ length: 5 }, () => rig.connect()),
    )) as [ChatClient, ChatClient, ChatClient, ChatClient, ChatClient];
    await until('all are in', () => rig.connected === 5);
    laura.socket.destroy();
    bob.socket.resetAndDestroy();
    shelly.socket.end('bye');
    await norma.hears('bye');
    expect(await shelly.closed()).toBe('');
    await until('three are gone', () => rig.connected === 2);
    await dale.send('still here');
    await norma.hears('byestill here');
  });

  test('connects, disconnects and messages are logged, and what was said is not', async () => {
    const [dale, laura] = [await rig.join(), await rig.join()];
    await dale.send('a secret');
    await laura.hears('a secret');
    dale.socket.destroy();
    await until('it is gone', () => rig.connected === 1);
    expect(rig.hasLogged('Somebody has come into the chat.', { endpoint: '127.0.0.1' })).toBe(true);
    expect(rig.hasLogged('Something was said in the chat.', { seq: 1, bytes: 8 })).toBe(true);
    expect(rig.hasLogged('Somebody has left the chat.')).toBe(true);
    expect(JSON.stringify(rig.gatherd.log)).not.toContain('a secret');
  });
});

test('who never reads is dropped, with the reason in the log, while the others get everything', async () => {
  const [dale, laura] = [await rig.join(), await rig.join()];
  const deaf = await rig.join();
  deaf.socket.pause();
  const block = `${'x'.repeat(16 * 1024 - 1)}\n`;
  for (let sent = 0; sent < 640; sent += 1) await dale.send(block);
  const all = 640 * block.length;
  await until('all of it comes', () => laura.socket.bytesRead === all);
  expect(laura.bytes.length).toBe(all);
  // The clock of a test stands still, but for this.
  rig.gatherd.clock.advance(31_000);
  await until('it is dropped', () => rig.connected === 2);
  expect(rig.hasLogged('Somebody has left the chat.', { code: 'feed.too_slow' })).toBe(true);
});

test('who is faster than the limit is slowed down, and hears others meanwhile', async () => {
  await reopen({ GATHERD_CHAT_RATE: '20' });
  const [dale, laura] = [await rig.join(), await rig.join()];
  const began = performance.now();
  for (let index = 0; index < 60; index += 1) {
    await dale.send(`${String(index)};`);
    // Apart, so that they are messages of their own as long as they are read.
    if (index < 30) await until('it is stored', async () => (await stored()).length > index);
  }
  await laura.send('meanwhile');
  await dale.hears('meanwhile');
  await laura.hears(Array.from({ length: 60 }, (_, index) => `${String(index)};`).join(''));
  expect(performance.now() - began).toBeGreaterThan(450);
});

test('a client that says and hears nothing for the idle time is closed; who only hears is kept', async () => {
  await reopen({ GATHERD_CHAT_IDLE_TIMEOUT: '3' });
  const [dale, laura] = [await rig.join(), await rig.join()];
  for (let said = 0; said < 20; said += 1) {
    await dale.send('.');
    await laura.hears('.'.repeat(said + 1));
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  expect([dale.isClosed, laura.isClosed]).toEqual([false, false]);
  expect(await dale.closed()).toBe('');
  expect(await laura.closed()).toBe('.'.repeat(20));
  expect(rig.hasLogged('Somebody has left the chat.', { code: 'feed.idle' })).toBe(true);
});

test('where chat is not recorded it goes out and is not stored', async () => {
  await reopen({ GATHERD_CHAT_RECORDING: 'off' });
  const [dale, laura] = [await rig.join(), await rig.join()];
  await dale.send('off the record');
  await laura.hears('off the record');
  expect(dale.text).toBe('');
  expect(await stored()).toEqual([]);
  expect(rig.hasLogged('Something was said in the chat.', { seq: null })).toBe(true);
});

test('what accounts say by other doors comes with their names, escaped', async () => {
  const dale = await rig.join();
  await rig.create('laura');
  const { token } = await rig.gatherd.services.logins.login('laura', PASSWORD, {
    ...{ endpoint: '127.0.0.1', door: 'http', client: '' },
  });
  await fetch(`${rig.gatherd.url('front')}/v1/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
    body: `${JSON.stringify({ message: 'red\u001b[31m\nand anonymous: two', topic: 'chat' })}\n`,
  });
  await dale.hears('laura: red\\u001b[31m\nlaura: and anonymous: two\n');
});

test('one connection over the limit is dropped, and that is logged', async () => {
  const clients = await Promise.all(Array.from({ length: 500 }, () => rig.connect()));
  await until('all are in', () => rig.connected === 500);
  const late = await rig.connect();
  expect(await late.closed()).toBe('');
  expect(rig.hasLogged('Connections were dropped: the limit of open ones is reached.')).toBe(true);
  expect(clients.some(({ isClosed }) => isClosed)).toBe(false);
});

test('the limit of the feed holds here too, and is logged', async () => {
  await reopen({ GATHERD_MAX_SUBSCRIPTIONS: '1' });
  await rig.join();
  expect(await (await rig.connect()).closed()).toBe('');
  expect(rig.hasLogged('A request to a gateway could not be served.', { code: 'feed.too_many' })).toBe(true);
});

test('after 200 clients that vanish in the middle of things nothing of them is left', async () => {
  const handles = () => process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length;
  const stays = await rig.join();
  const before = handles();
  for (let round = 0; round < 4; round += 1) {
    const clients = await Promise.all(Array.from({ length: 50 }, () => rig.connect()));
    await Promise.all(
      clients.map((client, index) => client.send(Buffer.from('é€🥧').subarray(0, index % 9))),
    );
    for (const [index, { socket }] of clients.entries())
      if (index % 2 === 0) socket.resetAndDestroy();
      else socket.destroy();
  }
  await until('all are gone', () => rig.connected === 1 && handles() <= before);
  expect(stays.isClosed).toBe(false);
});

const PYTHON_CLIENT = `
import socket, sys, threading
s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
def hear():
    while True:
        data = s.recv(1024)
        if not data: break
        print(data.decode(), flush=True)
threading.Thread(target=hear, daemon=True).start()
for line in sys.stdin:
    s.send(line.rstrip("\\n").encode())
s.close()
`;

const hasPython = spawnSync('python3', ['--version']).status === 0;

test.skipIf(!hasPython)('a client of the original, in Python, works unchanged', async () => {
  const [host = '', port = ''] = rig.gatherd.gateway('chat').split(':');
  const python = spawn('python3', ['-c', PYTHON_CLIENT, host, port]);
  let printed = '';
  python.stdout.on('data', (text) => (printed += String(text)));
  const laura = await rig.connect();
  await until('both are in', () => rig.connected === 2);
  python.stdin.write('from python: ä\n');
  await laura.hears('from python: ä');
  await laura.send('and back: ö');
  await until('python hears it', () => printed === 'and back: ö\n');
  python.stdin.end();
  await once(python, 'exit');
  await until('python is gone', () => rig.connected === 1);
});

test('when gatherd ends, what has been said is stored and everybody is let go', async () => {
  const [dale, laura] = [await rig.join(), await rig.join()];
  await dale.send('last words');
  await laura.hears('last words');
  const address = rig.gatherd.gateway('chat');
  await rig.gatherd.stop();
  expect(await dale.closed()).toBe('');
  expect(await stored()).toEqual(['last words']);
  await expect(ChatClient.open(address)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
