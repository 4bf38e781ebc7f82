import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ServedGatherd } from '../../server/tests/support/gatherd-program.js';
import { GATHER_MAIN, GatherCli } from './support/gather-cli.js';
import { InProcessGather } from './support/run-gather.js';

let gatherd: ServedGatherd;
/** The program in this process. */
let cli: InProcessGather;
/** The program as it is built, for what is about its process. */
let built: GatherCli;
let count = 0;

beforeAll(async () => {
  gatherd = await ServedGatherd.start();
});

afterAll(async () => {
  await gatherd[Symbol.asyncDispose]();
});

beforeEach(async () => {
  count += 1;
  const env = { GATHER_SERVER: gatherd.url, GATHER_USER: `user${String(count)}` };
  built = await GatherCli.create(env);
  cli = built.here;
});

afterEach(async () => {
  await built[Symbol.asyncDispose]();
});

/** What the dump holds of a user, which is this test's own by default, in order. */
async function dumped(of: { user?: string; gatherd?: ServedGatherd } = {}): Promise<string[]> {
  const user = of.user ?? `user${String(count)}`;
  const text = await readFile(join((of.gatherd ?? gatherd).dataDir, 'dump.ndjson'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { user: string; message: string })
    .filter((record) => record.user === user)
    .map(({ message }) => message);
}

describe('the commands', () => {
  test('go from identify to logout, and what they learn is remembered', async () => {
    const env = { GATHER_SERVER: '', GATHER_USER: '' };
    const named = ['--server', gatherd.url, '--user', 'leland'];
    expect(await built.json(['identify', ...named], { env })).toMatchObject({
      ok: true,
      status: 201,
      user: 'leland',
    });
    expect(await built.json(['identify'], { env })).toMatchObject({ status: 202 });
    const passwordFile = join(built.configDirectory, 'password');
    await writeFile(passwordFile, 'pass\n');
    expect((await built.run(['authenticate', '--password-file', passwordFile], { env })).exitCode).toBe(0);
    expect(await built.json(['status'], { env })).toMatchObject({ ready: true, token: { state: 'valid' } });
    expect(await built.json(['send', 'Hail Dale!'], { env })).toMatchObject({ status: 201, stored: 1 });
    expect((await built.run(['logout'], { env })).exitCode).toBe(0);
    expect((await built.run(['send', 'too late'], { env })).exitCode).toBe(77);
    expect(await built.json(['logout'], { env })).toMatchObject({ ok: true, ended: false });
    expect(await dumped({ user: 'leland' })).toEqual(['Hail Dale!', 'logout']);
  });

  test('end with 77 where the password is wrong', async () => {
    await cli.run(['send', 'x'], { env: { GATHER_PASSWORD: 'pass' } });
    const wrong = await cli.json(['authenticate'], { env: { GATHER_PASSWORD: 'wrong' } });
    expect(wrong).toMatchObject({ exitCode: 77, error: { kind: 'not_permitted', status: 403 } });
  });

  test('take the password from standard input where they are told to', async () => {
    await cli.run(['identify']);
    expect((await cli.run(['authenticate', '--password-file', '-'], { input: 'pass\n' })).exitCode).toBe(0);
  });
});

describe('what works is remembered', () => {
  const nobody = { GATHER_SERVER: '', GATHER_USER: '' };
  const secret = { ...nobody, GATHER_PASSWORD: 'pass' };
  const named = () => ['--server', gatherd.url, '--user', `user${String(count)}`];

  test('by send: a pipe after it needs nothing', async () => {
    expect((await cli.run(['send', 'one', ...named()], { env: secret })).exitCode).toBe(0);
    expect(await cli.run(['pipe'], { env: nobody, input: 'two\nthree\n' })).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '',
    });
    expect(await dumped()).toEqual(['one', 'two', 'three']);
  });

  test('by pipe: a send after it needs nothing', async () => {
    expect((await cli.run(['pipe', ...named()], { env: secret, input: 'one' })).exitCode).toBe(0);
    expect((await cli.run(['send', 'two'], { env: nobody })).exitCode).toBe(0);
    expect(await dumped()).toEqual(['one', 'two']);
  });

  test('by the menu, which asks for the user all the same', async () => {
    await cli.run(['send', 'one', ...named()], { env: secret });
    const name = `menu${String(count)}`;
    const address = gatherd.url.replace('http://', '');
    const identify = await cli.run([address], {
      env: nobody,
      input: [name, '1', '2', 'pass', '7'].join('\n'),
    });
    expect(identify.stdout).toContain('User name: ');
    expect(await cli.json(['status'], { env: nobody })).toMatchObject({
      user: name,
      token: { state: 'valid' },
    });
    // Known already: a login is enough.
    const user = `user${String(count)}`;
    await cli.run([address], {
      env: { ...nobody, GATHER_USER: name },
      input: [user, '2', 'pass', '7'].join('\n'),
    });
    expect(await cli.json(['status'], { env: nobody })).toMatchObject({ user, server: gatherd.url });
  });

  test('but not what is refused', async () => {
    await cli.run(['send', 'one', ...named()], { env: secret });
    await using elsewhere = await InProcessGather.create({
      GATHER_SERVER: gatherd.url,
      GATHER_PASSWORD: 'pass',
    });
    const other = `other${String(count)}`;
    await elsewhere.run(['send', 'mine', '--user', other]);
    const wrong = { ...nobody, GATHER_PASSWORD: 'wrong' };
    expect((await cli.run(['send', 'x', '--user', other], { env: wrong })).exitCode).toBe(77);
    expect(await cli.json(['status'], { env: nobody })).toMatchObject({ user: `user${String(count)}` });
  });
});

describe('send', () => {
  test('needs nothing but a password', async () => {
    expect(
      (await cli.run(['send', '', 'logout', 'data'], { env: { GATHER_PASSWORD: 'pass' } })).exitCode,
    ).toBe(0);
    expect((await cli.run(['send', 'again'])).exitCode).toBe(0);
    expect(await dumped()).toEqual(['', 'logout', 'data', 'again']);
  });

  test('renews a token that the server does not accept', async () => {
    const env = { GATHER_PASSWORD: 'pass', GATHER_TOKEN: 'forged' };
    expect((await cli.run(['send', 'data'], { env })).exitCode).toBe(0);
    expect(await dumped()).toEqual(['data']);
  });

  test('renews a token that has expired, where a password is at hand', async () => {
    await using brief = await ServedGatherd.start({ env: { GATHERD_TOKEN_TTL: '1' } });
    const env = { GATHER_SERVER: brief.url };
    const known = { env: { ...env, GATHER_PASSWORD: 'pass' } };
    expect((await cli.run(['send', 'one'], known)).exitCode).toBe(0);
    await expect.poll(() => cli.json(['status'], { env })).toMatchObject({ token: { state: 'expired' } });
    expect(await cli.json(['send', 'two'], { env })).toMatchObject({ exitCode: 77, error: { status: 401 } });
    expect((await cli.run(['send', 'three'], known)).exitCode).toBe(0);
  });

  test('works from many processes at once, and none breaks what is remembered', async () => {
    const env = { GATHER_PASSWORD: 'pass' };
    await built.run(['identify']);
    const names = Array.from({ length: 6 }, (_, index) => `message ${String(index)}`);
    const runs = await Promise.all(names.map((name) => built.run(['send', name], { env })));
    expect(runs.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(names.map(() => [0, '']));
    expect((await dumped()).sort()).toEqual(names);
    expect(await built.json(['status'])).toMatchObject({ token: { state: 'valid' } });
  });
});

describe('pipe', () => {
  test('sends each line, in order, as it is', async () => {
    const lines = Array.from({ length: 3_210 }, (_, index) => `line ${String(index)} "\\\t é 🙂`);
    const input = ['', 'logout', ...lines, '{"seq":1}', ' ', 'last'].join('\n');
    expect(await built.json(['pipe'], { env: { GATHER_PASSWORD: 'pass' }, input })).toMatchObject({
      ok: true,
      stored: lines.length + 5,
    });
    expect(await dumped()).toEqual(input.split('\n'));
  });

  test('sends a line while its input stays open', async () => {
    const { child, run } = built.start(['pipe'], { env: { GATHER_PASSWORD: 'pass' } });
    child.stdin.write('live\n');
    await expect.poll(() => dumped()).toEqual(['live']);
    child.stdin.end('more\r\n');
    expect((await run).exitCode).toBe(0);
    expect(await dumped()).toEqual(['live', 'more']);
  });

  test('stops at a line that cannot be sent, with all before it stored', async () => {
    const input = Buffer.concat([
      Buffer.from('one\ntwo\n'),
      Buffer.from([0xff, 0x0a]),
      Buffer.from('four\n'),
    ]);
    expect(await cli.json(['pipe'], { env: { GATHER_PASSWORD: 'pass' }, input })).toMatchObject({
      exitCode: 1,
      stored: 2,
      line: 3,
      error: { kind: 'input' },
    });
    expect(await dumped()).toEqual(['one', 'two']);
  });

  test('takes messages up to the limit of the server, control characters too', async () => {
    const input = `${'x'.repeat(256 * 1024)}\n${'\u0001'.repeat(150_000)}\n${'"'.repeat(256 * 1024)}`;
    expect((await cli.run(['pipe'], { env: { GATHER_PASSWORD: 'pass' }, input })).exitCode).toBe(0);
    expect(await dumped()).toEqual(input.split('\n'));
  });
});

describe('a server with lower limits', () => {
  test('gets a pipe in smaller requests', async () => {
    await using small = await ServedGatherd.start({
      args: ['--max-messages', '100', '--max-message-bytes', '1024', '--max-body-bytes', '2048'],
    });
    const lines = Array.from({ length: 1_000 }, (_, index) => String(index + 1));
    const env = { GATHER_SERVER: small.url, GATHER_PASSWORD: 'pass' };
    expect(await cli.json(['pipe'], { env, input: lines.join('\n') })).toMatchObject({
      ok: true,
      stored: 1_000,
    });
    expect(await dumped({ gatherd: small })).toEqual(lines);
  });

  test('refuses a line that is too long by its number, with all before it stored', async () => {
    await using small = await ServedGatherd.start({ args: ['--max-message-bytes', '10'] });
    const env = { GATHER_SERVER: small.url, GATHER_PASSWORD: 'pass' };
    const input = ['one', 'two', 'three', 'far too long', 'five'].join('\n');
    expect(await cli.json(['pipe'], { env, input })).toMatchObject({
      exitCode: 1,
      stored: 3,
      line: 4,
      error: { kind: 'refused', status: 400 },
    });
    expect(await dumped({ gatherd: small })).toEqual(['one', 'two', 'three']);
  });
});

describe('the menu', () => {
  test('works over a pipe, with no line lost', async () => {
    const name = `menu${String(count)}`;
    const input = [name, '1', '2', 'pass', '3', 'hello', 'world', 'exit', '5', '9', '7', 'never'].join('\n');
    const { exitCode, stdout } = await built.run([gatherd.url.replace('http://', '')], { input });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('New User Created');
    expect(stdout).toContain(`Token generated, ${name}!`);
    expect(stdout).toContain('Please choose a number from 1 to 7.');
    expect(stdout).not.toContain('pass\n');
    expect(await dumped({ user: name })).toEqual(['hello', 'world']);
  });

  test('keeps a token for each user, and goes on after a refusal', async () => {
    const [one, two] = [`one${String(count)}`, `two${String(count)}`];
    const input = [one, '2', 'x', '1', '2', 'pass', '4', two, '1', '3', '4', one, '3', 'mine', 'exit'].join(
      '\n',
    );
    const { exitCode, stdout } = await cli.run([gatherd.url.replace('http://', '')], { input });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Please authenticate first.');
    expect(await dumped({ user: one })).toEqual(['mine']);
    expect(await dumped({ user: two })).toEqual([]);
  });

  test('ends the session at the line logout, as the original did', async () => {
    const name = `menu${String(count)}`;
    const input = [name, '1', '2', 'pass', '3', 'data', 'logout', '3', '7'].join('\n');
    const { stdout } = await cli.run([gatherd.url.replace('http://', '')], { input });
    expect(stdout).toContain(`Empty or logout Message Received from ${name}`);
    expect(stdout).toContain('Please authenticate first.');
    expect(await dumped({ user: name })).toEqual(['data', 'logout']);
  });

  test.each(['', 'dale', 'dale\n1\n2', 'dale\n3\n'])('ends well when its input ends: %j', async (input) => {
    expect((await cli.run([gatherd.url.replace('http://', '')], { input })).exitCode).toBe(0);
  });
});

test('the built CLI is one file under 2 MB', async () => {
  expect((await stat(GATHER_MAIN)).size).toBeLessThan(2_000_000);
});
