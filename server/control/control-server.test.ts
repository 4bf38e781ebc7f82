import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, lstat, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { AsyncDisposableStack } from '@whatwg-node/disposablestack';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { claimDataDirectory } from '../data-directory/claim-data-directory.js';
import { AppError } from '../errors/app-error.js';
import { QUIET } from '../tests/support/segment-files.js';
import { until } from '../tests/support/until.js';
import { askControlServer } from './control-client.js';
import { controlCommand, type CommandContext, type ControlCommands } from './control-command.js';
import { controlPlaceOf } from './control-place.js';
import { openControlServer, type ControlLimits } from './control-server.js';
import { runOperatorCommand, type OperatorRun } from './run-operator-command.js';

const NEVER = new AbortController().signal;

let folder = '';
let dataDir = '';
let heard: unknown[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatherd-control-'));
  dataDir = join(folder, 'data');
  heard = [];
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Commands that note in whose name they ran. */
function commandsOf(
  ran: string[] = [],
  work?: (context: CommandContext) => Promise<unknown>,
): ControlCommands {
  return {
    greet: controlCommand(z.strictObject({ name: z.string() }), ({ name }, { onProgress }) => {
      ran.push(name);
      onProgress({ half: 'way' });
      return Promise.resolve({ greeting: `Hail ${name}!` });
    }),
    refuse: controlCommand(z.unknown(), () =>
      Promise.reject(new AppError('account.unknown', { details: { name: 'Dale' } })),
    ),
    fail: controlCommand(z.unknown(), () => Promise.reject(new Error('a password of Dale'))),
    nothing: controlCommand(z.unknown(), () => Promise.resolve(undefined)),
    work: controlCommand(z.unknown(), (_args, context) => work?.(context) ?? Promise.resolve('done')),
  };
}

async function serve(commands: ControlCommands = commandsOf(), limits?: ControlLimits) {
  const stack = new AsyncDisposableStack();
  const directory = stack.use(await claimDataDirectory(dataDir));
  stack.use(await openControlServer(directory, commands, QUIET, limits));
  return stack;
}

function run(command: string, args: unknown = {}, more: Partial<OperatorRun> = {}): Promise<unknown> {
  return runOperatorCommand({
    ...{ dataDir, command, args, signal: NEVER, canBegin: true },
    onProgress: (progress) => heard.push(progress),
    open: () => Promise.reject(new Error('a server should have run it')),
    ...more,
  });
}

async function path(): Promise<string> {
  return (await controlPlaceOf(dataDir)).path;
}

/** Says something to the server as it is, and answers all that it says. */
async function say(...pieces: string[]): Promise<string> {
  const socket = connect(await path());
  await once(socket, 'connect');
  for (const piece of pieces) socket.write(piece);
  return text(socket);
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'done',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );
}

describe('a server', () => {
  test('runs a command, says how far it is, and answers what it came to', async () => {
    const ran: string[] = [];
    await using _server = await serve(commandsOf(ran));
    expect(await run('greet', { name: 'Dale' })).toEqual({ greeting: 'Hail Dale!' });
    expect([ran, heard]).toEqual([['Dale'], [{ half: 'way' }]]);
    expect(await run('nothing')).toBeNull();
  });

  test('answers what a command threw, with its details', async () => {
    await using _server = await serve();
    const refusal: unknown = await run('refuse').catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(AppError);
    expect(refusal).toMatchObject({ code: 'account.unknown', message: 'There is no user Dale' });
  });

  test('says nothing of what it did not expect but where the log has it', async () => {
    await using _server = await serve();
    const failure: unknown = await run('fail').catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'server.internal' });
    expect(String(failure)).not.toContain('password');
  });

  test.each([
    ['nonsense', {}, "'command'"],
    ['toString', {}, "'command'"],
    ['greet', { name: 7 }, "'name'"],
    ['greet', { name: 'x', more: 1 }, "'args'"],
    ['greet', null, "'args'"],
  ])('refuses what it does not know: %s with %j', async (command, args, field) => {
    await using _server = await serve();
    const refusal: unknown = await run(command, args).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'request.invalid_field' });
    expect(String(refusal)).toContain(field);
  });

  test.each([
    ['garbage\n', 'request.invalid_json'],
    ['\n', 'request.invalid_json'],
    ['[]\n', 'request.malformed'],
    ['{"command":1,"args":{}}\n', 'request.malformed'],
    [`{"command":"${'x'.repeat(70_000)}`, 'request.body_too_large'],
    [`{"command":"${'x'.repeat(70_000)}"}\n`, 'request.body_too_large'],
  ])('answers a line that is no request and goes on: %.20s', async (line, code) => {
    await using _server = await serve();
    expect(await say(line)).toContain(code);
    expect(await run('nothing')).toBeNull();
  });

  test('reads a request that comes in pieces, and lets go what comes behind it', async () => {
    await using _server = await serve();
    const answer = await say('{"command":"gre', 'et","args":{"name":"Da', 'le"}}\n{"command"', ':"greet"}\n');
    expect(answer.split('\n').filter((line) => line.includes('result'))).toEqual([
      '{"result":{"greeting":"Hail Dale!"}}',
    ]);
  });

  test('lets go who says nothing', async () => {
    await using _server = await serve(commandsOf(), { idleMs: 100, maxConnections: 2 });
    const silent = await Promise.all([say(), say()]);
    expect(silent.every((answer) => answer.includes('request.timed_out'))).toBe(true);
  });

  test('takes no more commands at once than it may', async () => {
    await using _server = await serve(commandsOf(), { idleMs: 60_000, maxConnections: 2 });
    const at = await path();
    const open = [connect(at), connect(at)];
    await Promise.all(open.map((socket) => once(socket, 'connect')));
    expect(await say()).toBe('');
    for (const socket of open) socket.destroy();
  });

  test('tells a command when nobody waits for it any more', async () => {
    let aborted = false;
    let begun = false;
    const work = async ({ signal }: CommandContext) => {
      begun = true;
      await once(signal, 'abort');
      aborted = true;
    };
    await using _server = await serve(commandsOf([], work));
    const socket = connect(await path());
    socket.write('{"command":"work","args":{}}\n');
    await until('the command to run', () => begun);
    socket.destroy();
    await until('the command to stop', () => aborted);
  });

  test('waits for running commands when it ends, and tells them to stop', async () => {
    let isDone = false;
    let begun = false;
    const work = async ({ signal }: CommandContext) => {
      begun = true;
      await once(signal, 'abort');
      await new Promise(setImmediate);
      isDone = true;
    };
    const server = await serve(commandsOf([], work));
    // Connections are taken in the order of their coming: this one is there when the command runs.
    const silent = say();
    const asked = codeOf(run('work'));
    await until('the command to run', () => begun);
    await server.disposeAsync();
    expect(isDone).toBe(true);
    expect(await asked).toBe('data_directory.in_use');
    expect(await silent).toBe('');
  });

  test.skipIf(process.platform === 'win32')('listens on a socket that is its owner’s only', async () => {
    await using _server = await serve();
    const found = await stat(join(dataDir, 'control.sock'));
    expect([found.isSocket(), found.mode & 0o777]).toEqual([true, 0o600]);
  });

  test.skipIf(process.platform === 'win32')(
    'leaves no socket, and replaces the one of a dead server',
    async () => {
      await (await serve()).disposeAsync();
      await expect(stat(await path())).rejects.toThrow('ENOENT');
      const script = `require('net').createServer().listen(${JSON.stringify(await path())}, () => console.log('listens'))`;
      const dead = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(dead.stdout, 'data');
      const ended = once(dead, 'exit');
      dead.kill('SIGKILL');
      await ended;
      expect((await stat(await path())).isSocket()).toBe(true);
      await using _server = await serve();
      expect(await run('nothing')).toBeNull();
    },
  );

  test('does not replace a file that is no socket', async () => {
    await mkdir(dataDir);
    await writeFile(join(dataDir, 'control.sock'), 'a file');
    expect(await codeOf(serve())).toBe('data_directory.unusable');
    expect(await readFile(join(dataDir, 'control.sock'), 'utf8')).toBe('a file');
  });
});

describe('a data directory whose path is too long for a socket', () => {
  beforeEach(() => {
    dataDir = join(folder, 'x'.repeat(60), 'y'.repeat(60));
  });

  afterEach(async () => {
    await rm(dirname(await path()), { recursive: true, force: true });
  });

  test('has its socket in a directory of its own that nobody else may enter', async () => {
    await using _server = await serve();
    expect(await run('nothing')).toBeNull();
    const { path: socket, shelter } = await controlPlaceOf(dataDir);
    expect(Buffer.byteLength(socket)).toBeLessThanOrEqual(103);
    expect((await lstat(shelter?.path ?? '')).mode & 0o777).toBe(0o700);
    await symlink(dataDir, join(folder, 'link'));
    expect((await controlPlaceOf(join(folder, 'link'))).path).toBe(socket);
  });

  test('is neither served nor asked at a place that others may write to', async () => {
    await mkdir(dataDir, { recursive: true });
    const { path: socket } = await controlPlaceOf(dataDir);
    await mkdir(dirname(socket));
    await chmod(dirname(socket), 0o777);
    const listener = createServer().listen(socket);
    await once(listener, 'listening');
    expect(await codeOf(run('nothing'))).toBe('data_directory.unusable');
    expect(await codeOf(serve())).toBe('data_directory.unusable');
    listener.close();
  });
});

test('on Windows the pipe’s name derives from the directory, in any case', async () => {
  const { path: pipe } = await controlPlaceOf(dataDir, 'win32');
  expect(pipe).toMatch(/^\\\\\.\\pipe\\gatherd-[0-9a-f]{32}$/);
  expect((await controlPlaceOf(`${dataDir}2`, 'win32')).path).not.toBe(pipe);
});

describe('a command', () => {
  const open =
    (commands: ControlCommands, closed: string[] = []) =>
    () =>
      Promise.resolve({ commands, [Symbol.asyncDispose]: () => Promise.resolve(void closed.push('closed')) });

  test('runs by itself where no server runs, and lets the directory go', async () => {
    const [ran, closed]: [string[], string[]] = [[], []];
    const opened = { open: open(commandsOf(ran), closed) };
    expect(await run('greet', { name: 'Al' }, opened)).toEqual({ greeting: 'Hail Al!' });
    expect(await codeOf(run('refuse', {}, opened))).toBe('account.unknown');
    expect([ran, heard, closed]).toEqual([['Al'], [{ half: 'way' }], ['closed', 'closed']]);
    await using _claimed = await claimDataDirectory(dataDir);
  });

  test('makes no data directory where it has no use for one', async () => {
    expect(await codeOf(run('nothing', {}, { canBegin: false }))).toBe('data_directory.unusable');
    await expect(stat(dataDir)).rejects.toThrow('ENOENT');
  });

  test('waits for a server that is just starting', async () => {
    const directory = await claimDataDirectory(dataDir);
    const asked = run('greet', { name: 'Al' });
    const server = await openControlServer(directory, commandsOf(), QUIET);
    expect(await asked).toEqual({ greeting: 'Hail Al!' });
    await server[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });

  test('names the holder of a directory where nobody listens', async () => {
    await using _directory = await claimDataDirectory(dataDir);
    const refusal = run('nothing', {}, { startingMs: 150 });
    await expect(refusal).rejects.toMatchObject({ code: 'data_directory.in_use' });
    await expect(refusal).rejects.toThrow(`process ${String(process.pid)}`);
  });

  test('gives up a server that listens and says nothing', async () => {
    await using _directory = await claimDataDirectory(dataDir);
    const open: Socket[] = [];
    const mute = createServer((socket) => open.push(socket)).listen(await path());
    await once(mute, 'listening');
    expect(await codeOf(run('nothing', {}, { patienceMs: 100 }))).toBe('data_directory.in_use');
    for (const socket of open) socket.destroy();
    mute.close();
  });

  test('is not waited for after the signal, though it says that it works', async () => {
    const stop = new AbortController();
    const commands = commandsOf([], (context) => {
      stop.abort();
      return new Promise((_resolve, reject) => {
        context.signal.addEventListener('abort', () => {
          reject(new Error('gone'));
        });
      });
    });
    await using _server = await serve(commands);
    const place = await controlPlaceOf(dataDir);
    const ask = () =>
      askControlServer(place, { command: 'work', args: {} }, () => undefined, { signal: stop.signal });
    expect([await ask(), await ask()]).toEqual(['no answer', 'no answer']);
  });

  test('hears a result of any size', async () => {
    const long = 'ä'.repeat(3_000_000);
    await using _server = await serve(commandsOf([], () => Promise.resolve(long)));
    const asked = await askControlServer(
      await controlPlaceOf(dataDir),
      { command: 'work', args: {} },
      () => undefined,
    );
    expect(asked).toEqual({ result: long });
  });

  test('hears of an error that it does not know by its text', async () => {
    await using _directory = await claimDataDirectory(dataDir);
    const newer = createServer((socket) => {
      socket.end('{"error":{"code":"from.the_future","message":"Too early","details":{}}}\n');
    }).listen(await path());
    await once(newer, 'listening');
    await expect(run('nothing')).rejects.toThrow('Too early');
    newer.close();
  });
});
