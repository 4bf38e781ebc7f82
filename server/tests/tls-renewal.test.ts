import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { expect, test } from 'vitest';
import { askControlServer } from '../control/control-client.js';
import { controlPlaceOf } from '../control/control-place.js';
import { ChatClient } from './support/chat-client.js';
import { GatherClient } from './support/gather-client.js';
import { GatherdProcess } from './support/gatherd-process.js';
import { makeTestAuthority, type TestPair } from './support/test-authority.js';
import { temporaryDirectory } from './support/temporary-directory.js';
import { until } from './support/until.js';

const RENEWED = 'The certificate files have changed';
const NOT_IN_ORDER = 'The certificate files are not in order';

/** How often something stands in what a server has printed. */
const times = ({ output }: GatherdProcess, said: string) => output.split(said).length - 1;

async function fingerprintAt(port: number, ca: string): Promise<string | undefined> {
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca });
  await once(socket, 'secureConnect');
  const seen = socket.getPeerX509Certificate()?.fingerprint256;
  socket.destroy();
  return seen;
}

test('certificates are swapped under load, and no request is lost and no connection dropped', async () => {
  await using directory = await temporaryDirectory();
  const authority = await makeTestAuthority();
  const { serverCert, serverKey } = await authority.writeTo(directory.path);
  const ca = authority.caPem;
  await using server = await GatherdProcess.start({
    args: ['--tls-cert', serverCert, '--tls-key', serverKey, '--chat', '127.0.0.1:0', '--chat-tls', 'server'],
    env: { GATHERD_CHAT_RATE: '0' },
  });
  const [, chatAddress = ''] = /Gateway chat listens on (\S+) over TLS/.exec(server.output) ?? [];
  using keeping = new GatherClient(server, { ca });
  using opening = new GatherClient(server, { ca, keepAlive: false });
  const token = await keeping.login('dale');
  const chat = await ChatClient.open(chatAddress, { ca });
  await chat.send(`${token}\n`);

  let isOver = false;
  const sent: string[] = [];
  const chatted: string[] = [];
  async function load(name: string, client: GatherClient): Promise<void> {
    for (let index = 0; !isOver; index += 1) {
      const message = `${name} ${String(index)}`;
      expect((await client.message(token, message)).status).toBe(201);
      sent.push(message);
      const line = `chat ${name} ${String(index)}`;
      await chat.send(`${line}\n`);
      chatted.push(line);
    }
  }
  const loads = Promise.all([load('kept', keeping), load('opened', opening)]);
  const moreIsSent = async () => {
    const before = sent.length;
    await until('more is sent', () => sent.length > before + 5);
  };
  const put = async ({ certPem, keyPem }: TestPair, between: () => Promise<unknown>) => {
    await writeFile(serverCert, certPem);
    await between();
    await writeFile(serverKey, keyPem);
  };
  const seen = () => fingerprintAt(server.port, ca);

  await moreIsSent();
  const first = await seen();
  // By the signal.
  const second = await authority.serverPair();
  await put(second, () => Promise.resolve());
  server.child.kill('SIGHUP');
  await until('it is seen', async () => (await seen()) === second.fingerprint);
  await moreIsSent();
  // By looking at the files, of which one came later.
  const third = await authority.serverPair();
  await put(third, async () => {
    await until('half of it is noticed', () => times(server, NOT_IN_ORDER) > 0);
    expect(await seen()).toBe(second.fingerprint);
    await moreIsSent();
  });
  await until('it is seen', async () => (await seen()) === third.fingerprint);
  await moreIsSent();
  // By the operator.
  const fourth = await authority.serverPair();
  await put(fourth, () => Promise.resolve());
  const place = await controlPlaceOf(server.dataDir);
  const reloading = { command: 'tls.reload', args: {} };
  await askControlServer(place, reloading, () => undefined);
  expect(await seen()).toBe(fourth.fingerprint);
  expect(await askControlServer(place, reloading, () => undefined)).toEqual({
    result: { outcome: 'unchanged' },
  });
  await moreIsSent();

  isOver = true;
  await loads;
  expect(new Set([first, second.fingerprint, third.fingerprint, fourth.fingerprint]).size).toBe(4);
  expect(await fingerprintAt(Number(chatAddress.split(':')[1]), ca)).toBe(fourth.fingerprint);
  const stored = async () => {
    const lines = (await readFile(join(server.dataDir, 'dump.ndjson'), 'utf8')).split('\n').slice(0, -1);
    return lines.map((line) => (JSON.parse(line) as { message: string }).message);
  };
  await until('the chat is stored', async () => (await stored()).length >= sent.length + chatted.length);
  expect([...(await stored())].sort()).toEqual([...sent, ...chatted].sort());
  expect(chat.isClosed).toBe(false);
  expect(times(server, RENEWED)).toBeGreaterThanOrEqual(3);
  expect(await server.stop()).toBe(0);
});

test('without TLS a hang-up does nothing, and the operator is told so', async () => {
  await using server = await GatherdProcess.start();
  server.child.kill('SIGHUP');
  const place = await controlPlaceOf(server.dataDir);
  const asked = await askControlServer(place, { command: 'tls.reload', args: {} }, () => undefined);
  expect(asked).toEqual({ result: { outcome: 'off' } });
  expect(await server.stop()).toBe(0);
});
