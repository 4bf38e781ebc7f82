import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Command, CommanderError } from 'commander';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lineOf } from '../dump/reading/fake-lines.js';
import { closedPath } from '../tests/support/segment-files.js';
import { query, queryOptions, type QueryOptions } from './query-command.js';

const signal = new AbortController().signal;
let folder = '';
let path = '';

const MESSAGES = ['Hail Dale!', '\u001b[31mred\u202e\nand "more"', { a: 'b' }, 'last'];

function recordOf(seq: number) {
  const at = `2026-11-21T02:44:0${String(seq)}.000Z`;
  const user = seq % 2 === 0 ? 'dale' : 'alice';
  return { seq, at, user, endpoint: '::1', message: MESSAGES[seq - 1] ?? null, topic: 'app' };
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatherd-query-'));
  path = join(folder, 'dump.ndjson');
  await writeFile(path, `${lineOf('ndjson', recordOf(1))}\n${lineOf('ndjson', recordOf(2))}\n`);
  await rename(path, closedPath(path, 1));
  await writeFile(path, `${lineOf('ndjson', recordOf(3))}\n${lineOf('ndjson', recordOf(4))}\n{"seq":5,`);
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function run(args: readonly string[], isTerminal = false, dumpPath = path): Promise<string> {
  const out = new PassThrough();
  await Promise.all([query(dumpPath, optionsOf(args), { out, isTerminal, signal }).finally(() => out.end())]);
  return text(out);
}

function optionsOf(args: readonly string[]): QueryOptions {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  for (const option of queryOptions()) command.addOption(option);
  return command.parse(args, { from: 'user' }).opts();
}

describe('gatherd query', () => {
  test('prints every whole record of all segments as it is stored, oldest first', async () => {
    const expected = [1, 2, 3, 4].map((seq) => `${lineOf('ndjson', recordOf(seq))}\n`);
    expect(await run([])).toBe(expected.join(''));
    expect(await run(['--order', 'newest', '--limit', '3'])).toBe(expected.toReversed().slice(0, 3).join(''));
    expect(await run(['--user', 'dale', '--topic', 'app', '--after', '2'])).toBe(expected[3]);
    expect(await run(['--contains', 'Hail', '--before', '2026-11-21T02:44:02Z'])).toBe(expected[0]);
    expect(await run(['--contains', 'nothing'])).toBe('');
  });

  test('prints a csv dump as ndjson', async () => {
    const csv = join(folder, 'dump.csv');
    const lines = [1, 2, 3, 4].map((seq) => lineOf('csv', recordOf(seq)));
    await writeFile(csv, `timestamp,username\n${lines.join('\n')}\n`);
    const printed = await run([], false, csv);
    expect(printed).toBe(
      [1, 2, 3, 4]
        .map((seq) => `${JSON.stringify(recordOf(seq))}\n`)
        .join('')
        .replaceAll('\u202e', '\\u202e'),
    );
  });

  test('prints a text that a terminal has nothing to obey in', async () => {
    expect(await run([], true)).toBe(
      [
        '2026-11-21T02:44:01.000Z alice [app] Hail Dale!\n',
        '2026-11-21T02:44:02.000Z dale [app] \\u001b[31mred\\u202e\\nand "more"\n',
        '2026-11-21T02:44:03.000Z alice [app] {"a":"b"}\n',
        '2026-11-21T02:44:04.000Z dale [app] last\n',
      ].join(''),
    );
    await appendFile(path, `\n${JSON.stringify({ ...recordOf(4), seq: 6, message: '\u009b31m' })}\n`);
    expect(await run(['--json', '--after', '5'], true)).toContain('"message":"\\u009b31m"');
  });

  test.each([
    ['--limit', '0'],
    ['--limit', 'all'],
    ['--after', 'yesterday'],
    ['--order', 'up'],
    ['--topic', 'a b'],
    ['--user', ''],
  ])('takes %s %j for a usage error', (flag, value) => {
    expect(() => optionsOf([flag, value])).toThrow(CommanderError);
  });

  test('says so where there is no dump', async () => {
    await expect(run([], false, join(folder, 'other', 'dump.ndjson'))).rejects.toThrow('ENOENT');
    await expect(run([], false, join(folder, 'dump.csv'))).rejects.toThrow('ENOENT');
  });

  test('ends quietly when nobody reads any more, and reads no further', async () => {
    const line = lineOf('ndjson', recordOf(4));
    await writeFile(path, `${line}\n`.repeat(20_000));
    const reader = spawn(process.execPath, ['-e', 'process.stdin.once("data", () => process.exit())']);
    const ended = once(reader, 'exit');
    await query(path, {}, { out: reader.stdin, isTerminal: false, signal });
    await ended;
  });
});
