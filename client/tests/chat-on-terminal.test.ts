import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GatherdProcess } from '../../server/tests/support/gatherd-process.js';
import { lastingPort } from '../../server/tests/support/lasting-port.js';
import { until } from '../../server/tests/support/until.js';
import { GatherCli } from './support/gather-cli.js';
import { HAS_TERMINALS, TerminalRun } from './support/terminal-run.js';

const PASSWORD = 'owls-are-not-what';

let gatherd: GatherdProcess;
let directory: string;
let bob: GatherCli;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gather-'));
  gatherd = await GatherdProcess.start({
    dataDir: directory,
    args: ['--port', String(await lastingPort())],
    env: { GATHERD_ADMIN_PASSWORD: PASSWORD },
  });
  bob = await GatherCli.create({
    GATHER_SERVER: gatherd.url,
    GATHER_USER: 'bob',
    GATHER_PASSWORD: 'pass',
  });
  for (const user of ['bob', 'dale', 'laura']) await bob.here.run(['send', 'here I am', '--user', user]);
});

afterEach(async () => {
  await bob[Symbol.asyncDispose]();
  await gatherd[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

/** Starts the chat on a terminal, and waits until it is connected. */
async function chatOf(user: string, password = 'pass'): Promise<TerminalRun> {
  const run = new TerminalRun(['chat'], {
    GATHER_CONFIG_DIR: join(directory, user),
    GATHER_SERVER: gatherd.url,
    GATHER_USER: user,
    GATHER_PASSWORD: password,
    NO_COLOR: '1',
  });
  await run.sees(/ connected /);
  return run;
}

const told = (run: TerminalRun): string[] =>
  run.lines.slice(0, -2).map((line) => line.replace(/^\d\d:\d\d /, ''));

// Skipped where python3 is missing, which makes the terminal.
describe.skipIf(!HAS_TERMINALS)('the chat on a terminal', () => {
  test('shows what others say above what is being typed, and what is said once', async () => {
    await using run = await chatOf('dale');
    run.type('hel');
    await run.sees(/^> hel$/);
    await bob.here.run(['broadcast', 'one \u001b[2J two']);
    await run.sees(/^\d\d:\d\d bob: one \\u001b\[2J two$/);
    await run.prompts('> hel');
    run.type('lo\u001b[D\u001b[D\u001b[D\u001b[DH\u007fj\r');
    await run.sees(/dale: hjello$/);
    run.type('日本 😀\r');
    await run.sees(/dale: 日本 😀$/);
    // It has come over the feed as well before this does.
    await bob.here.run(['broadcast', 'three']);
    await run.sees(/bob: three$/);
    await run.prompts('>');
    expect(told(run).filter((line) => !line.startsWith('*'))).toEqual([
      'bob: one \\u001b[2J two',
      'dale: hjello',
      'dale: 日本 😀',
      'bob: three',
    ]);
    run.type('\u0003');
    expect(await run.end()).toEqual({ exitCode: 0, isRestored: true });
    expect(run.lines.at(-1)).toBe('');
  });

  test('begins with what was said last, and knows who is there', async () => {
    await bob.here.run(['broadcast', 'three']);
    await using run = await chatOf('laura');
    await run.sees(/bob: three$/);
    await using admin = await chatOf('admin', PASSWORD);
    await admin.sees(/bob: three$/);
    await run.sees(/^\* admin joins$/);
    await run.sees(/2 here: laura, admin/);
    run.type('/wh\t\r');
    await run.sees(/^\* admin, from 127\.0\.0\.1 by websocket since/);
    admin.type('/quit\r');
    expect(await admin.end()).toEqual({ exitCode: 0, isRestored: true });
    await run.sees(/^\* admin leaves$/);
    run.type('/nonsense\r');
    await run.sees(/^\* \/nonsense is no command/);
    // Ctrl+D on an empty line.
    run.type('\u0004');
    expect(await run.end()).toEqual({ exitCode: 0, isRestored: true });
  });

  test('brings back what was said, and takes a change of its size', async () => {
    await using run = await chatOf('dale');
    run.type('once\r');
    await run.sees(/dale: once$/);
    const before = run.output.length;
    run.resize(10, 30);
    await until('it is drawn anew', () => run.output.length > before);
    run.type('\u001b[A and again\r');
    await run.sees(/dale: once and again$/);
    await run.signal('SIGTERM');
    expect(await run.end()).toEqual({ exitCode: 143, isRestored: true });
  });

  test('keeps what is being typed, and what waits, while the server is away', async () => {
    await using run = await chatOf('dale');
    const { port } = gatherd;
    await gatherd.stop('SIGKILL');
    await run.sees(/not connected/);
    run.type('waiting\r');
    await run.sees(/1 to be sent/);
    run.type('half');
    gatherd = await GatherdProcess.start({ dataDir: directory, args: ['--port', String(port)] });
    await run.sees(/^\* Connected again$/);
    await run.sees(/dale: waiting$/);
    await run.prompts('> half');
    run.type(' done\r');
    await run.sees(/dale: half done$/);
    const dump = await readFile(join(directory, 'dump.ndjson'), 'utf8');
    expect(dump.match(/waiting/g)).toHaveLength(1);
    run.type('\u0003');
    expect(await run.end()).toEqual({ exitCode: 0, isRestored: true });
  });

  test('ends with 1 where something was not sent, and knows of nobody without a connection', async () => {
    await using run = await chatOf('dale');
    await gatherd.stop('SIGKILL');
    await run.sees(/not connected/);
    run.type('/who\r');
    await run.sees(/^\* There is no connection now: who is there is not known$/);
    run.type('too late\r');
    await run.sees(/1 to be sent/);
    run.type('\u0003');
    expect(await run.end()).toEqual({ exitCode: 1, isRestored: true });
    expect(run.lines).toContain('* This was not sent: too late');
  });
});
