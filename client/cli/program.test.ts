import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GATHER_MAIN, GatherCli } from '../tests/support/gather-cli.js';
import { InProcessGather } from '../tests/support/run-gather.js';
import { startBulkServer } from '../tests/support/bulk-server.js';
import {
  answer,
  problem,
  startRawServer,
  unusedAddress,
  type Behaviour,
} from '../tests/support/raw-server.js';
import { EXIT_CODES } from './exit-codes.js';

/** The program as it is built, for at least one way to each exit code and to each of its streams. */
let built: GatherCli;
/** The same in this process, a tenth of the time, for all variants. */
let cli: InProcessGather;

beforeEach(async () => {
  const env = { GATHER_USER: 'dale', GATHER_RETRY_FOR: '1' };
  built = await GatherCli.create(env);
  cli = await InProcessGather.create(env);
});

afterEach(async () => {
  await built[Symbol.asyncDispose]();
  await cli[Symbol.asyncDispose]();
});

// Accepts everything, as a server does whose user is known and whose token is "t".
const accepting: Behaviour = (response) => {
  answer(response, 201, 'stored', { token: 't' });
};

describe('help', () => {
  test('of the program has every exit code, variable and command', async () => {
    const { exitCode, stdout, stderr } = await built.run(['--help']);
    expect([exitCode, stderr]).toEqual([0, '']);
    for (const { code, meaning } of Object.values(EXIT_CODES))
      expect(stdout).toContain(`${String(code)}  ${meaning}`);
    for (const word of [
      'GATHER_PASSWORD_FILE',
      'GATHER_TOKEN_FILE',
      'Examples:',
      'pipe',
      'unknown_outcome',
      ...['tail', 'chat', 'broadcast', 'presence'].map((name) => `$ gather ${name}`),
    ]) {
      expect(stdout).toContain(word);
    }
  });

  test('of each command has examples', async () => {
    await using gather = await InProcessGather.create();
    const commands = commandsIn((await gather.run(['--help'])).stdout);
    expect(commands).toEqual(expect.arrayContaining(['send', 'users', 'completion']));
    const helps = await Promise.all(commands.map((name) => gather.run([name, '--help'])));
    const parts = commands.flatMap((name, index) =>
      commandsIn(helps[index]?.stdout ?? '').map((part) => [name, part]),
    );
    expect(parts).toEqual(expect.arrayContaining([['users', 'set-permissions']]));
    const groups = new Set(parts.map(([name]) => name));
    for (const words of [...commands.filter((name) => !groups.has(name)).map((name) => [name]), ...parts]) {
      const { exitCode, stdout } = await gather.run([...words, '--help']);
      expect([words, exitCode]).toEqual([words, 0]);
      expect(stdout).toMatch(new RegExp(`\\$ .*gather ${words[0] ?? ''}`));
    }
  });

  test('gives the version of the package', async () => {
    expect((await built.run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

// The commands that a help shows, but for help itself.
function commandsIn(help: string): string[] {
  const [, list = ''] =
    /\n(?:Messages|Commands):\n([^]*?)(?:\n\n(?:Examples|Environment)|$)/.exec(help) ?? [];
  const names = [...list.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name = '']) => name);
  return names.filter((name) => name !== 'help');
}

describe('a command line that is wrong', () => {
  test.each([
    [[]],
    [['send']],
    [['sendd']],
    [['send', '--jsno', 'x']],
    [['send', 'x', '--server', ':::']],
    [['send', 'x', '--password-file', '/nonexistent']],
    [['send', 'x'.repeat(100_000), 'x'.repeat(100_000), 'x'.repeat(100_000), '--timeout', 'soon']],
    [['pipe', '--password-file', '-']],
    [['pipe', '--topic', 'a b']],
    [['query', '--limit', '0']],
    [['query', '--order', 'random']],
    [['query', '--topic', 'a b']],
    [['export', '--topic', 'a b']],
    [['send', '--topic', 'a b', 'x']],
    [['export', '--format', 'xml']],
    [['export', '--json']],
    [['localhost:1', '--json']],
    [['presence', 'bob']],
    [['authenticate']],
  ])('ends with 2 and says why: %j', async (args) => {
    const { exitCode, stdout, stderr } = await cli.run(args);
    expect(exitCode).toBe(2);
    expect(args.includes('--json') ? stdout : stderr).toMatch(/\S/);
    expect(stderr).not.toContain('..');
  });

  test('is one JSON object with --json', async () => {
    const { exitCode, stdout, stderr } = await built.run(['send', '--json']);
    expect([exitCode, stderr]).toEqual([2, '']);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, exitCode: 2, error: { kind: 'usage' } });
  });

  test('without a user says how to give one', async () => {
    const { exitCode, stderr } = await cli.run(['send', 'x'], { env: { GATHER_USER: '' } });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--user');
  });
});

describe('a configuration that is wrong', () => {
  test('because the remembered file is damaged ends with 78', async () => {
    await mkdir(built.configDirectory);
    await writeFile(join(built.configDirectory, 'config.json'), '{"server":');
    const { exitCode, stderr } = await built.run(['status']);
    expect(exitCode).toBe(78);
    expect(stderr).toContain('config.json is damaged');
  });

  test.each([
    { GATHER_SERVER: 'a b' },
    { GATHER_PASSWORD_FILE: '/nonexistent' },
    { GATHER_PASSWORD: 'a', GATHER_PASSWORD_FILE: 'b' },
    { GATHER_TOKEN: 'a', GATHER_TOKEN_FILE: 'b' },
    { GATHER_PASSWORD: 'x'.repeat(129) },
  ])('because the environment is, ends with 78: %j', async (env) => {
    expect((await cli.run(['send', 'x'], { env })).exitCode).toBe(78);
  });
});

describe('a server that cannot be reached', () => {
  test('is tried again, and then the end is 69', async () => {
    const env = { GATHER_SERVER: await unusedAddress(), GATHER_TOKEN: 't' };
    const { exitCode, stdout, stderr } = await built.run(['send', 'x', '--json'], { env });
    expect([exitCode, stderr]).toEqual([69, '']);
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'send',
      exitCode: 69,
      error: { kind: 'unreachable' },
    });
  });

  test('is told by status, with all else', async () => {
    const env = { GATHER_SERVER: await unusedAddress() };
    expect(await cli.json(['status'], { env })).toMatchObject({
      ok: false,
      exitCode: 69,
      server: env.GATHER_SERVER,
      user: 'dale',
      token: { state: 'none' },
      reachable: false,
    });
    expect((await cli.run(['status'], { env })).stdout).toContain('not reachable');
  });

  test('is not asked through a proxy of the environment', async () => {
    await using proxy = await startRawServer(accepting);
    const env = {
      http_proxy: proxy.url,
      HTTP_PROXY: proxy.url,
      GATHER_SERVER: 'gatherd.invalid',
      GATHER_TOKEN: 't',
    };
    expect((await built.run(['send', 'x', '--retry-for', '0'], { env })).exitCode).toBe(69);
    expect(proxy.seen).toEqual([]);
  });
});

describe('a message', () => {
  test('is sent in an array, whatever it is', async () => {
    await using server = await startRawServer(accepting);
    const env = { GATHER_SERVER: server.url, GATHER_TOKEN: 't' };
    const { exitCode, stdout } = await built.run(['send', '', 'logout', '--', '--json'], { env });
    expect([exitCode, stdout]).toEqual([0, 'stored\n']);
    expect(server.seen.map(({ body }) => body['message'])).toEqual([['', 'logout', '--json']]);
  });

  test('of unknown outcome is sent once, and the end is 1', async () => {
    await using server = await startRawServer((response) => response.socket?.resetAndDestroy());
    const env = { GATHER_SERVER: server.url, GATHER_TOKEN: 't' };
    expect(await built.json(['send', 'x'], { env })).toMatchObject({
      exitCode: 1,
      error: { kind: 'unknown_outcome' },
    });
    expect(server.seen).toHaveLength(1);
  });

  test('of several that are too many for the server is refused with all of them, and says what to do', async () => {
    await using server = await startRawServer((response) => {
      answer(response, 400, "Invalid 'message': at most 2 at once");
    });
    const env = { GATHER_SERVER: server.url, GATHER_TOKEN: 't' };
    const { exitCode, stderr } = await cli.run(['send', 'a', 'b', 'c'], { env });
    expect(exitCode).toBe(1);
    expect(stderr).toContain("Invalid 'message': at most 2 at once. None of the messages was stored");
    expect(stderr).toContain('gather pipe');
    expect(server.seen).toHaveLength(1);
  });

  test('that a busy server refuses is sent again until the time is up, and the end is 1', async () => {
    await using server = await startRawServer((response) => {
      answer(response, 503, 'The disk is full', { headers: { 'Retry-After': '100' } });
    });
    const env = { GATHER_SERVER: server.url, GATHER_TOKEN: 't' };
    expect(await cli.json(['send', 'x'], { env })).toMatchObject({
      exitCode: 1,
      error: { kind: 'busy', status: 503, retryAfterSeconds: 100, message: 'The disk is full' },
    });
  });

  test('whose token is refused is sent again after one login where a password is at hand', async () => {
    await using server = await startRawServer((response, { path, body }) => {
      if (path === '/message' && body['token'] !== 'new')
        answer(response, 403, 'Please identify!', { httpStatus: 200 });
      else answer(response, 201, 'stored', { token: 'new' });
    });
    const env = { GATHER_SERVER: server.url, GATHER_TOKEN: 'old', GATHER_PASSWORD: 'pass' };
    expect((await cli.run(['send', 'x'], { env })).exitCode).toBe(0);
    expect(server.seen.map(({ path }) => path)).toEqual([
      '/message',
      '/identify',
      '/authenticate',
      '/message',
    ]);
  });

  test('whose new token is refused, too, is not tried for ever', async () => {
    await using server = await startRawServer((response, { path }) => {
      if (path === '/message') answer(response, 401, 'Token Expired. Please identify');
      else answer(response, 201, 'welcome', { token: 'new' });
    });
    const env = { GATHER_SERVER: server.url, GATHER_PASSWORD: 'pass' };
    expect((await built.run(['send', 'x'], { env })).exitCode).toBe(77);
    expect(server.seen.filter(({ path }) => path === '/message')).toHaveLength(2);
  });

  test('is known not to be sent where the login before it gets no answer', async () => {
    await using server = await startRawServer((response) => response.socket?.resetAndDestroy());
    const env = { GATHER_SERVER: server.url, GATHER_PASSWORD: 'pass' };
    const outcome = await cli.json(['send', 'x'], { env });
    expect(outcome).toMatchObject({ exitCode: 69, error: { kind: 'unreachable' } });
    expect(server.seen.map(({ path }) => path)).toEqual(['/identify']);
  });

  test('is sent even where its token cannot be remembered', async () => {
    await using server = await startRawServer(accepting);
    const env = { GATHER_SERVER: server.url, GATHER_PASSWORD: 'pass', GATHER_CONFIG_DIR: '/dev/null/gather' };
    const { exitCode, stderr } = await cli.run(['send', 'x'], { env });
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^gather: The server, user and token are not remembered: .*\n$/);
  });

  test.each([['send', 'x'], ['pipe']])(
    'is sent even where its server and user cannot be remembered: %s',
    async (...args) => {
      await using server = await startBulkServer();
      const env = { GATHER_SERVER: server.url, GATHER_TOKEN: 't', GATHER_CONFIG_DIR: '/dev/null/gather' };
      const { exitCode, stderr } = await cli.run(args, { env, input: 'x' });
      expect(exitCode).toBe(0);
      expect(stderr).toMatch(/^gather: The server and user are not remembered: .*\n$/);
    },
  );
});

describe.skipIf(process.platform === 'win32')('a password file that every user can read', () => {
  const passwordFile = async (mode: number): Promise<string> => {
    const path = join(cli.directory, 'password');
    await writeFile(path, 'pass\n');
    await chmod(path, mode);
    return path;
  };

  test.each([['send', 'x'], ['pipe'], ['authenticate']])(
    'is warned about once, and used: %s',
    async (...args) => {
      await using server = await startBulkServer();
      const path = await passwordFile(0o644);
      const env = { GATHER_SERVER: server.url };
      const { exitCode, stderr } = await cli.run([...args, '--password-file', path], { env, input: 'x' });
      expect(exitCode).toBe(0);
      expect(stderr).toMatch(/^gather: Every user of this machine can read .*chmod 600\n$/);
      expect(stderr).toContain(path);
    },
  );

  test('is warned about where the environment names it, too, in JSON where that is asked for', async () => {
    await using server = await startRawServer(accepting);
    const env = { GATHER_SERVER: server.url, GATHER_PASSWORD_FILE: await passwordFile(0o604) };
    const { stderr } = await cli.run(['send', 'x', '--json'], { env });
    expect(JSON.parse(stderr)).toEqual({ warning: expect.stringContaining('chmod 600') as unknown });
  });

  test.each([0o600, 0o640])('is one whose mode says so: %o does not', async (mode) => {
    await using server = await startRawServer(accepting);
    const env = { GATHER_SERVER: server.url };
    const run = await cli.run(['send', 'x', '--password-file', await passwordFile(mode)], { env });
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

describe('a pipe', () => {
  const lines = Array.from({ length: 5_000 }, (_, index) => `line ${String(index)}`);
  const input = lines.join('\n');

  test('whose connection breaks stores each line once', async () => {
    let breaks = 0;
    await using server = await startBulkServer({
      onStored: () => {
        breaks += 1;
        return breaks > 3;
      },
    });
    const env = { GATHER_SERVER: server.url, GATHER_TOKEN: 't', GATHER_RETRY_FOR: '60' };
    expect(await built.json(['pipe', '--topic', 'app'], { env, input })).toMatchObject({
      ok: true,
      stored: 5_000,
    });
    expect(server.stored).toEqual(lines.map((message) => ({ topic: 'app', message })));
  });

  test('goes on with the numbers of the one before it, and several at once have their own', async () => {
    await using server = await startBulkServer();
    const env = { GATHER_SERVER: server.url, GATHER_TOKEN: 't' };
    const producers = () => readdir(join(built.configDirectory, 'producers'), { recursive: true });
    expect((await built.run(['pipe'], { env, input: 'a' })).exitCode).toBe(0);
    const one = await producers();
    expect((await built.run(['pipe'], { env, input: 'b' })).exitCode).toBe(0);
    expect(await producers()).toEqual(one);
    const runs = await Promise.all(['c', 'd', 'e'].map((input) => built.run(['pipe'], { env, input })));
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    expect(server.stored.map(({ message }) => message).sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('that cannot go on says what was stored and what is in doubt', async () => {
    let told = 0;
    await using server = await startBulkServer({
      onStored: () => {
        told += 1;
        return told < 2;
      },
      onRequest: ({ count, response }) => {
        if (count > 1) response.socket?.resetAndDestroy();
        return count > 1;
      },
    });
    const env = { GATHER_SERVER: server.url, GATHER_TOKEN: 't' };
    const outcome = await cli.json(['pipe', '--retry-for', '1'], { env, input: `${input}\n`.repeat(20) });
    expect(outcome).toMatchObject({ exitCode: 1, error: { kind: 'unknown_outcome' } });
    const { stored, inDoubt } = outcome as {
      stored: number;
      inDoubt: { firstLine: number; lastLine: number };
    };
    expect(stored).toBe(server.stored.length);
    expect(inDoubt.firstLine).toBe(stored + 1);
    expect(inDoubt.lastLine).toBeGreaterThan(stored);
  });

  test('that is interrupted waits for the answer to what has left', async () => {
    await using server = await startBulkServer({
      onStored: () => {
        child.kill('SIGINT');
        return true;
      },
    });
    const env = { GATHER_SERVER: server.url, GATHER_TOKEN: 't' };
    const { child, run } = built.start(['pipe', '--json'], { env });
    child.stdin.write('one\ntwo\n');
    const { exitCode, stdout } = await run;
    expect(exitCode).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ stored: 2, error: { kind: 'interrupted' } });
  });

  test('whose token is refused in its middle goes on with a new one where a password is at hand', async () => {
    await using server = await startBulkServer({
      onRequest: ({ request, response }) => {
        if (request.headers.authorization !== 'Bearer old') return false;
        problem(response, { status: 401, detail: 'Token Expired. Please identify', code: 'token.invalid' });
        return true;
      },
    });
    const env = { GATHER_SERVER: server.url, GATHER_TOKEN: 'old' };
    expect((await cli.run(['pipe'], { env, input })).exitCode).toBe(77);
    expect(await cli.json(['pipe'], { env: { ...env, GATHER_PASSWORD: 'pass' }, input })).toMatchObject({
      ok: true,
      stored: 5_000,
    });
    expect(server.stored).toHaveLength(5_000);
  });

  test('to a server that is too old says so', async () => {
    await using server = await startBulkServer({
      onRequest: ({ response }) => {
        problem(response, {
          status: 404,
          detail: 'There is nothing at this path',
          code: 'request.not_found',
        });
        return true;
      },
    });
    const env = { GATHER_SERVER: server.url, GATHER_TOKEN: 't' };
    const { exitCode, stderr } = await cli.run(['pipe'], { env, input });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('it is older than this gather, or no gatherd. 0 messages were stored');
  });

  test('says nothing where nobody looks', async () => {
    await using server = await startBulkServer();
    const env = { GATHER_SERVER: server.url, GATHER_TOKEN: 't' };
    expect(await built.run(['pipe'], { env, input: 'x' })).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });
});

test('whoever reads the output may go before it is written', async () => {
  const child = spawn(process.execPath, [GATHER_MAIN, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  const [stderr] = await Promise.all([text(child.stderr), once(child, 'close')]);
  expect([child.exitCode, stderr]).toEqual([0, '']);
});
