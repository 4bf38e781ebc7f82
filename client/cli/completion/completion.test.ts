import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Argument, Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InProcessGather } from '../../tests/support/run-gather.js';
import { commandTree } from './command-tree.js';

let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'gather-completion-'));
  await using gather = await InProcessGather.create();
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { stdout } = await gather.run(['completion', shell]);
    writeFileSync(join(directory, shell), stdout);
  }
  for (const name of ['file one', 'file-two']) writeFileSync(join(directory, name), '');
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

const has = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

function run(shell: string, script: string, ...args: readonly string[]): string[] {
  const { stdout, stderr, status } = spawnSync(shell, ['-c', script, ...args], {
    cwd: directory,
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
  return stdout.split('\n').filter((line) => line !== '');
}

// What bash offers behind these words, of which the last is still being typed.
const inBash = (...words: readonly string[]): string[] =>
  run(
    'bash',
    'source ./bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _gather; printf "%s\\n" "${COMPREPLY[@]}"',
    'x',
    'gather',
    ...words,
  );

const inFish = (line: string): string[] =>
  run('fish', `source ./fish; complete -C ${JSON.stringify(`gather ${line}`)}`).map(
    (offer) => offer.split('\t')[0] ?? '',
  );

describe.each(['bash', 'zsh', 'fish'])('the script for %s', (shell) => {
  test.skipIf(!has(shell))('is one that the shell can read', () => {
    const { status, stderr } = spawnSync(shell, ['-n', join(directory, shell)], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });
});

describe.skipIf(!has('bash'))('bash', () => {
  test('completes commands, commands of groups, options and their values', () => {
    expect(inBash('us')).toEqual(['users']);
    expect(inBash('users', 'set-')).toEqual(['set-role', 'set-permissions']);
    expect(inBash('users', 'create', 'x', '--new')).toEqual(['--new-password-file']);
    expect(inBash('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  });

  test('takes no value of an option for a command', () => {
    expect(inBash('--server', 'users', 'to')).toEqual(['tokens']);
    expect(inBash('-u', 'u')).toEqual([]);
  });

  test('completes files where a file is meant, with spaces in their names, too', () => {
    expect(inBash('send', '--password-file', 'file').sort()).toEqual(['file one', 'file-two']);
    expect(inBash('follow', 'file-')).toEqual(['file-two']);
  });
});

describe.skipIf(!has('fish'))('fish', () => {
  test('completes commands, commands of groups, options and their values', () => {
    expect(inFish('us')).toEqual(['users']);
    expect(inFish('--server x tokens re')).toEqual(['revoke']);
    expect(inFish('sessions end --y')).toEqual(['--yes']);
    expect(inFish('completion ').sort()).toEqual(['bash', 'fish', 'zsh']);
    expect(inFish('send --password-file file-')).toEqual(['file-two']);
  });
});

test('the tree has every command that the help shows, with the kinds of its values', () => {
  const program = new Command('p');
  program.command('a').option('-f, --from <path>').option('--all').argument('<file...>');
  program
    .command('b')
    .command('c')
    .addArgument(new Argument('<x>').choices(['y', 'z']));
  program.command('secret', { hidden: true });
  const tree = commandTree(program);
  expect(tree.map(({ path }) => path)).toEqual(['', 'a', 'b', 'b c', 'b help', 'help']);
  expect(tree.find(({ path }) => path === 'a')).toMatchObject({
    takesFiles: true,
    options: [
      { names: ['-f', '--from'], value: 'file' },
      { names: ['--all'], value: undefined },
      { names: ['-h', '--help'], value: undefined },
    ],
  });
  expect(tree.find(({ path }) => path === 'b c')?.values.map(({ name }) => name)).toEqual(['y', 'z']);
});

test.each([[['tcsh']], [[]], [['bash', '--json']]])('completion %j is a wrong command line', async (args) => {
  await using gather = await InProcessGather.create();
  expect((await gather.run(['completion', ...args])).exitCode).toBe(2);
});
