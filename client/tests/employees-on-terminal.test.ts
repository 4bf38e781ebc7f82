import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { InProcessGatherd } from '../../server/tests/support/in-process-gatherd.js';
import { InProcessGather } from './support/run-gather.js';
import { HAS_TERMINALS, TerminalRun } from './support/terminal-run.js';

const PASSWORD = 'owls-are-not-what';
const SSN = '012345678';

let directory: string;
let gatherd: InProcessGatherd;
let gather: InProcessGather;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gather-'));
  gatherd = await InProcessGatherd.start({ GATHERD_ADMIN_PASSWORD: PASSWORD });
  gather = await InProcessGather.create({
    GATHER_SERVER: gatherd.url('front'),
    GATHER_USER: 'admin',
    GATHER_PASSWORD: PASSWORD,
  });
});

beforeEach(async () => {
  await gather.run(['employees', 'delete', '7', '--yes']);
});

afterAll(async () => {
  await gather[Symbol.asyncDispose]();
  await gatherd[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

const onTerminal = (args: readonly string[], env: Readonly<Record<string, string>> = {}): TerminalRun =>
  new TerminalRun(['employees', ...args], {
    // Of its own: a login is remembered.
    GATHER_CONFIG_DIR: join(directory, randomUUID()),
    GATHER_SERVER: gatherd.url('front'),
    NO_COLOR: '1',
    ...env,
  });

/** Answers one question after the other, each when it is to be seen at the end. */
async function answer(run: TerminalRun, answers: readonly (readonly [RegExp, string])[]): Promise<void> {
  for (const [question, keys] of answers) {
    await run.sees(question);
    run.type(`${keys}\r`);
  }
}

const get = async (): Promise<unknown> => (await gather.json(['employees', 'get', '7']))['employee'];

const add = (): Promise<unknown> =>
  gather.run(
    [
      ...['employees', 'add', '--id', '7', '--first-name', 'Dale', '--last-name', 'Cooper'],
      ...['--date-of-birth', '04-19-1954', '--salary', '100000', '--ssn-file', '-'],
    ],
    { input: SSN },
  );

// Skipped where python3 is missing, which makes the terminal.
describe.skipIf(!HAS_TERMINALS)('on a terminal', () => {
  test('the menu logs in, adds what is confirmed, and shows neither password nor SSN as they are typed', async () => {
    await using run = onTerminal([]);
    await answer(run, [
      [/^User name:$/, 'admin'],
      [/^Password:$/, PASSWORD],
      [/^Your choice:$/, '2'],
      [/^ID:$/, '7'],
      [/^First name:$/, 'Dale'],
      [/^Last name:$/, 'Cooper'],
      [/^SSN \(nine digits, not shown\):$/, '1234'],
      [/^SSN must be nine digits\.$/, SSN],
      // What was typed unseen must not come back with the arrow keys.
      [/^Date of birth \(mm-dd-yyyy\):$/, '\u001b[A04-19-1954'],
      [/^Salary:$/, '100000'],
      [/^Add this employee\? \[y\/N\]$/, 'y'],
    ]);
    await run.sees(/^Employee #7 successfully added$/);
    await run.sees(/^SSN: +\*{5}5678$/);
    run.type('q\r');
    await run.sees(/^Logged out$/);
    expect(await run.end()).toEqual({ exitCode: 0, isRestored: true });
    for (const secret of [PASSWORD, SSN, '1234']) expect(run.output).not.toContain(secret);
    expect(await get()).toMatchObject({ first_name: 'Dale', ssn: SSN, date_of_birth: '04-19-1954' });
  });

  test.each([
    ['Ctrl+C', '\u0003', 130],
    ['Ctrl+D', '\u0004', 0],
  ])('%s leaves the menu at any question, as it leaves the terminal', async (_, keys, exitCode) => {
    await using run = onTerminal([]);
    await answer(run, [
      [/^User name:$/, 'admin'],
      [/^Password:$/, PASSWORD],
      [/^Your choice:$/, '2'],
      [/^ID:$/, '7'],
    ]);
    await run.sees(/^First name:$/);
    run.type(keys);
    expect(await run.end()).toEqual({ exitCode, isRestored: true });
  });

  test('Ctrl+C at a question of a command sends nothing', async () => {
    await using run = onTerminal(['add'], { GATHER_USER: 'admin', GATHER_PASSWORD: PASSWORD });
    await answer(run, [[/^ID:$/, '7']]);
    await run.sees(/^First name:$/);
    run.type('\u0003');
    expect(await run.end()).toEqual({ exitCode: 130, isRestored: true });
  });

  test('an update that somebody else was quicker than overwrites nothing, and says who has to read again', async () => {
    await add();
    await using run = onTerminal(['update', '7'], { GATHER_USER: 'admin', GATHER_PASSWORD: PASSWORD });
    await run.sees(/^First name \[Dale\]:$/);
    expect(await gather.json(['employees', 'update', '7', '--salary', '5'])).toMatchObject({ ok: true });
    await answer(run, [
      [/^First name \[Dale\]:$/, 'Windom'],
      [/^Last name \[Cooper\]:$/, 'Earle'],
      [/^SSN .*\[\*{5}5678\]:$/, ''],
      [/^Date of birth .*:$/, ''],
      [/^Salary \[100000\]:$/, ''],
      [/^Change employee 7 \(Dale Cooper\) so\? \[y\/N\]$/, 'y'],
    ]);
    await run.sees(/has been changed by somebody else since you read it/);
    expect(await run.end()).toEqual({ exitCode: 1, isRestored: true });
    expect(await get()).toMatchObject({ first_name: 'Dale', last_name: 'Cooper', salary: 5 });
  });
});
