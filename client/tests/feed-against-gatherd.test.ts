import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CHAT_PATH, PRESENCE_PATH, type Connection } from '../../protocol/feed.js';
import { sendBulk } from '../../server/tests/support/bulk-client.js';
import { GatherClient, loginTo } from '../../server/tests/support/gather-client.js';
import { GatherdProcess, type GatherdOptions } from '../../server/tests/support/gatherd-process.js';
import { ServedGatherd } from '../../server/tests/support/gatherd-program.js';
import { lastingPort } from '../../server/tests/support/lasting-port.js';
import { until } from '../../server/tests/support/until.js';
import { GATHER_MAIN, GatherCli, type StartedCli } from './support/gather-cli.js';

const PASSWORD = 'owls-are-not-what';
const SAY_EVERY_MS = 250;
const SETTINGS = { GATHERD_ADMIN_PASSWORD: PASSWORD };

let gatherd: ServedGatherd;
/** Who looks at who is present, so that no CLI has to. */
let watcher: string;
let dale: GatherCli;
let bob: GatherCli;
let admin: GatherCli;

beforeAll(async () => {
  gatherd = await ServedGatherd.start({ env: SETTINGS });
  watcher = await loginTo(gatherd, 'watcher');
  [dale, bob] = [await cliOf(gatherd.url, 'dale'), await cliOf(gatherd.url, 'bob')];
  admin = await cliOf(gatherd.url, 'admin', PASSWORD);
  for (const cli of [dale, bob]) await cli.here.run(['send', 'here I am']);
  await admin.here.run(['login']);
});

afterAll(async () => {
  for (const cli of [dale, bob, admin]) await cli[Symbol.asyncDispose]();
  await gatherd[Symbol.asyncDispose]();
});

function cliOf(server: string, user: string, password = 'pass'): Promise<GatherCli> {
  return GatherCli.create({ GATHER_SERVER: server, GATHER_USER: user, GATHER_PASSWORD: password });
}

/** A CLI that is under way, and what it has printed so far. */
class Watched implements AsyncDisposable {
  readonly child: StartedCli['child'];
  readonly run: StartedCli['run'];
  #shown = '';
  #said = '';

  constructor({ child, run }: StartedCli) {
    [this.child, this.run] = [child, run];
    child.stdout.on('data', (chunk: Buffer) => (this.#shown += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (this.#said += chunk.toString()));
  }

  get lines(): string[] {
    return this.#shown.split('\n').slice(0, -1);
  }

  /** Waits until it has printed a line, on standard output or error, that fits. */
  async says(line: RegExp): Promise<void> {
    await until(`${String(line)} of ${JSON.stringify([this.#shown, this.#said])}`, () =>
      [...this.lines, ...this.#said.split('\n')].some((each) => line.test(each)),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    await this.run;
  }
}

async function presenceAt(server: { readonly port: number }, token: string): Promise<readonly Connection[]> {
  using client = new GatherClient(server);
  const headers = { Authorization: `Bearer ${token}` };
  const reply = await client.send(PRESENCE_PATH, undefined, { method: 'GET', headers });
  return (JSON.parse(reply.text) as { connections: Connection[] }).connections;
}

/** Has a user send messages in an order, for those who look at what comes. */
async function send(user: string, topic: string, ...messages: readonly string[]): Promise<void> {
  const body = messages.map((message) => `${JSON.stringify({ message, topic })}\n`).join('');
  expect(await sendBulk(gatherd, await loginTo(gatherd, user), body)).toMatchObject({ status: 200 });
}

/** Starts a CLI, and waits until it is connected. */
async function connected(cli: GatherCli, args: readonly string[]): Promise<Watched> {
  const before = new Set((await presenceAt(gatherd, watcher)).map(({ id }) => id));
  const watched = new Watched(cli.start(args));
  await until('it is connected', async () =>
    (await presenceAt(gatherd, watcher)).some(({ id }) => !before.has(id)),
  );
  return watched;
}

describe('tail', () => {
  test('shows what is sent, in order, until Ctrl+C, which ends it with 0', async () => {
    await using tail = await connected(admin, ['tail']);
    const input = Array.from({ length: 500 }, (_, index) => `line ${String(index)}`).join('\n');
    await dale.here.run(['pipe', '--topic', 'app'], { input });
    await tail.says(/line 499$/);
    expect(tail.lines.map((line) => line.replace(/^\d+ \S+Z /, ''))).toEqual(
      input.split('\n').map((line) => `dale [app] ${line}`),
    );
    tail.child.kill('SIGINT');
    expect(await tail.run).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('shows what its filters let through', async () => {
    await using tail = await connected(admin, [
      'tail',
      '--sender',
      'bob',
      '--topic',
      'web',
      '--contains',
      'needle',
      '--count',
      '2',
      '--json',
    ]);
    for (const [user, topic, text] of [
      ['bob', 'web', 'a needle'],
      ['bob', 'web', 'hay'],
      ['bob', 'app', 'needle'],
      ['dale', 'web', 'needle'],
      ['bob', 'web', 'needle too'],
    ] as const)
      await send(user, topic, text);
    const { exitCode, stdout } = await tail.run;
    expect(exitCode).toBe(0);
    const records = stdout.trimEnd().split('\n');
    expect(records.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual([
      'a needle',
      'needle too',
    ]);
  });

  test('begins behind a number or a time, or with the last ones', async () => {
    await send('dale', 'since', 'one', 'two', 'three');
    const stored = await admin.here.run(['query', '--json', '--topic', 'since', '--order', 'oldest']);
    const [first, second] = stored.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { seq: number; at: string });
    const tailed = async (...args: readonly string[]): Promise<string[]> => {
      const { stdout } = await admin.here.run(['tail', '--topic', 'since', ...args]);
      return stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.replace(/.* /, ''));
    };
    expect(await tailed('--count', '2', '--since', String(first?.seq))).toEqual(['two', 'three']);
    const before = new Date(Date.parse(second?.at ?? '') - 60_000).toISOString();
    expect(await tailed('--count', '3', '--since', before)).toEqual(['one', 'two', 'three']);
    expect(await tailed('--count', '2', '-n', '2')).toEqual(['two', 'three']);
    await using tail = await connected(admin, ['tail', '--topic', 'since', '-n', '1', '--count', '2']);
    await tail.says(/three$/);
    await send('dale', 'since', 'four');
    expect((await tail.run).stdout.replace(/^.* /gm, '')).toBe('three\nfour\n');
  });

  test('shows who comes and goes', async () => {
    await using tail = await connected(admin, ['tail', '--presence']);
    await bob.here.run(['chat'], { input: '' });
    await tail.says(/^\* bob leaves, from 127\.0\.0\.1 by websocket$/);
    expect(tail.lines[0]).toBe('* bob joins, from 127.0.0.1 by websocket');
  });

  test.skipIf(process.platform === 'win32')('ends with 0 and quietly where its reader has gone', async () => {
    const script = '"$0" "$1" tail --topic gone --since 0 | head -n 1; echo "${PIPESTATUS[0]}"';
    const shell = spawn('bash', ['--norc', '-c', script, process.execPath, GATHER_MAIN], {
      env: {
        PATH: process.env['PATH'],
        GATHER_CONFIG_DIR: admin.configDirectory,
        GATHER_SERVER: gatherd.url,
        GATHER_USER: 'admin',
      },
    });
    const said = Promise.all([text(shell.stdout), text(shell.stderr)]);
    await until('it has ended', async () => {
      await send('bob', 'gone', 'is somebody there?');
      return shell.exitCode !== null;
    });
    expect(await said).toEqual([expect.stringMatching(/^\d+ \S+Z bob \[gone\] .*\n0\n$/), '']);
  });

  test('logs in again where its token has expired, and shows each record once', async () => {
    await using other = await ServedGatherd.start({ env: { ...SETTINGS, GATHERD_TOKEN_TTL: '4' } });
    using sender = new GatherClient(other);
    await using cli = await cliOf(other.url, 'dale');
    await cli.here.run(['identify']);
    await cli.here.run(['authenticate']);
    // In this process, so that it is connected long before its token expires.
    const tailing = cli.here.run(['tail', '--topic', 'chat', '--json', '--since', '0', '--count', '30']);
    const dales = new Set<string>();
    const look = async (): Promise<boolean> => {
      // What it was said with may have expired since.
      const there = await presenceAt(other, await sender.login('bob'));
      for (const { id, user } of there) if (user === 'dale') dales.add(id);
      return dales.size > 0;
    };
    await until('it is connected', look);
    for (let count = 0; count < 30; count += 1) {
      const headers = { Authorization: `Bearer ${await sender.login('bob')}` };
      expect((await sender.post(CHAT_PATH, { message: 'x' }, headers)).status).toBe(201);
      await look();
      await sleep(SAY_EVERY_MS);
    }
    const { exitCode, stdout, stderr } = await tailing;
    expect([exitCode, stderr]).toEqual([0, '']);
    const seqs = stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { seq: number }).seq);
    expect(seqs).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    expect(dales.size).toBeGreaterThanOrEqual(2);
  });

  test('is not permitted to follow others without the permission', async () => {
    const { exitCode, stderr } = await bob.here.run(['tail', '--topic', 'app']);
    expect([exitCode, stderr]).toEqual([77, expect.stringContaining('feed:read')]);
  });
});

describe('a server that is killed and starts again', () => {
  let dataDir: string;
  let server: GatherdProcess;
  const options = (): GatherdOptions => ({ dataDir, env: SETTINGS });

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'gatherd-'));
    const args = ['--port', String(await lastingPort())];
    server = await GatherdProcess.start({ ...options(), args });
  });

  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true, force: true });
  });

  const restart = async (): Promise<void> => {
    await server.stop('SIGKILL');
    server = await GatherdProcess.start({ ...options(), args: ['--port', String(server.port)] });
  };

  test('loses nothing for tail, and nothing comes twice', async () => {
    await using sender = await cliOf(server.url, 'dale');
    await using reader = await cliOf(server.url, 'admin', PASSWORD);
    await using tail = new Watched(reader.start(['tail', '--json', '--since', '0']));
    const pipe = sender.start(['pipe', '--retry-for', '60']);
    const total = 3_000;
    for (let count = 1; count <= total; count += 1) {
      pipe.child.stdin.write(`${String(count)}\n`);
      if (count % 1_000 === 0 && count < total) {
        await tail.says(new RegExp(`"message":"${String(count - 500)}"`));
        await restart();
      }
    }
    pipe.child.stdin.end();
    expect((await pipe.run).exitCode).toBe(0);
    await tail.says(new RegExp(`"message":"${String(total)}"`));
    const records = tail.lines.map((line) => JSON.parse(line) as { seq: number; message: string });
    expect(records.map(({ message }) => Number(message))).toEqual(
      Array.from({ length: total }, (_, index) => index + 1),
    );
    expect(records.map(({ seq }) => seq)).toEqual(Array.from({ length: total }, (_, index) => index + 1));
  });

  test('is waited for by a chat, which says then what it was given meanwhile', async () => {
    await using writer = await cliOf(server.url, 'laura');
    await writer.here.run(['send', 'here I am']);
    await using chat = new Watched(writer.start(['chat', '--retry-for', '60']));
    chat.child.stdin.write('before\n');
    await using tail = new Watched(writer.start(['tail', '--json', '--topic', 'chat', '--since', '0']));
    await tail.says(/"before"/);
    // Where this has come, the answer to what was said before has come, too.
    await writer.here.run(['broadcast', 'between']);
    await chat.says(/between/);
    const stopped = server.stop('SIGKILL');
    await chat.says(/Trying again/);
    chat.child.stdin.end('after\n');
    await stopped;
    await restart();
    expect(await chat.run).toMatchObject({ exitCode: 0, stdout: 'laura: between\n' });
    await tail.says(/"after"/);
    expect(tail.lines).toHaveLength(3);
  });
});

describe('the chat without a terminal', () => {
  test('says each line, prints what others say, and never what it has said itself', async () => {
    await using bobs = await connected(bob, ['chat']);
    await using dales = await connected(dale, ['chat']);
    bobs.child.stdin.write('hello dale\n');
    await dales.says(/^bob: hello dale$/);
    dales.child.stdin.write('hello bob\r\n\nand\u001b[2J again');
    dales.child.stdin.end();
    expect(await dales.run).toMatchObject({ exitCode: 0, stdout: 'bob: hello dale\n', stderr: '' });
    await bobs.says(/^dale: and/);
    bobs.child.stdin.end();
    expect(await bobs.run).toMatchObject({
      exitCode: 0,
      stdout: 'dale: hello bob\ndale: and\\u001b[2J again\n',
      stderr: '',
    });
  });

  test('goes on printing with --follow when its input has ended', async () => {
    await using listener = await connected(dale, ['chat', '--follow']);
    listener.child.stdin.end('I listen\n');
    expect((await bob.here.run(['chat'], { input: 'one\ntwo\nthree' })).exitCode).toBe(0);
    await listener.says(/^bob: three$/);
    listener.child.kill('SIGINT');
    expect(await listener.run).toMatchObject({ exitCode: 0, stdout: 'bob: one\nbob: two\nbob: three\n' });
  });
});

test('a broadcast reaches tail and chat, and is said to be stored', async () => {
  await using tail = await connected(admin, ['tail', '--topic', 'chat']);
  await using chat = await connected(dale, ['chat', '--json']);
  const said = await bob.here.json(['broadcast', 'closing', 'soon']);
  expect(said).toMatchObject({ ok: true, recorded: true, seq: expect.any(Number) as unknown });
  await tail.says(new RegExp(`^${String(said['seq'])} \\S+Z bob \\[chat\\] closing soon$`));
  await chat.says(new RegExp(`^\\{"seq":${String(said['seq'])},.*"closing soon"`));
  expect((await bob.here.run(['broadcast'], { input: 'from a pipe\n' })).stdout).toMatch(
    /^Said; record \d+\n$/,
  );
  await tail.says(/from a pipe$/);
  expect((await bob.here.run(['broadcast'], { input: '\n' })).exitCode).toBe(2);
});

test('send gives its messages the topic that it is told', async () => {
  await using tail = await connected(admin, ['tail', '--topic', 'disk', '--count', '2']);
  const said = await bob.here.json(['send', '--topic', 'disk', '93 %', 'logout']);
  expect(said).toMatchObject({ ok: true, stored: 2, last: expect.any(Number) as unknown });
  expect((await tail.run).stdout).toMatch(/^\d+ \S+Z bob \[disk\] 93 %\n\d+ \S+Z bob \[disk\] logout\n$/);
});

test('presence lists who is connected', async () => {
  await using _chat = await connected(dale, ['chat']);
  const { stdout } = await bob.here.run(['presence']);
  expect(stdout).toMatch(/^USER\tFROM\tBY\tSINCE\n(?:.*\n)*dale\t127\.0\.0\.1\twebsocket\t\S+Z\n$/);
});

test('chat that is not recorded comes without a number, to its others once and to its sender never', async () => {
  await using other = await ServedGatherd.start({ env: { ...SETTINGS, GATHERD_CHAT_RECORDING: 'off' } });
  const looking = await loginTo(other, 'watcher');
  await using one = await cliOf(other.url, 'one');
  await using two = await cliOf(other.url, 'two');
  for (const cli of [one, two]) await cli.here.run(['send', 'here I am']);
  await using listening = new Watched(two.start(['chat', '--json']));
  await until('it is connected', async () => (await presenceAt(other, looking)).length === 1);
  expect(await one.here.run(['chat'], { input: 'a\na\n' })).toMatchObject({ exitCode: 0, stdout: '' });
  await until('both came', () => listening.lines.length === 2);
  for (const line of listening.lines)
    expect(JSON.parse(line)).toMatchObject({ user: 'one', message: 'a', recorded: false });
  expect(await one.here.run(['broadcast', 'b'])).toMatchObject({ stdout: 'Said; it is not recorded\n' });
});
