import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { type Column, facts, table } from './table.js';

interface Row {
  readonly name: string;
  readonly count: number | null;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'NAME', of: ({ name }) => name },
  { title: 'COUNT', of: ({ count }) => count },
];
const ROWS: readonly Row[] = [
  { name: 'a\tb\nc', count: 1 },
  { name: '李\u202e', count: null },
];

function placeOf(isTTY: boolean, env: Readonly<Record<string, string>> = {}) {
  return { stdout: Object.assign(new PassThrough(), { isTTY }), env };
}

describe('a table', () => {
  test('has a line for each row and a tab between two cells where it goes to a program', async () => {
    expect(await table(placeOf(false), COLUMNS, ROWS)).toBe('NAME\tCOUNT\na\\u0009b\\u000ac\t1\n李\\u202e\t');
  });

  test('has lines around its cells on a terminal, which obeys nothing that stands in them', async () => {
    const drawn = await table(placeOf(true, { NO_COLOR: '1' }), COLUMNS, ROWS);
    expect(drawn.split('\n')).toHaveLength(6);
    expect(drawn).toContain('│ a\\u0009b\\u000ac │ 1     │');
    expect(drawn).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
  });

  test.each([
    [{}, true],
    [{ NO_COLOR: '' }, true],
    [{ NO_COLOR: '1' }, false],
    [{ TERM: 'dumb' }, false],
  ])(
    'is coloured on a terminal as the environment says: %j',
    async (env: Record<string, string>, isColoured) => {
      expect((await table(placeOf(true, env), COLUMNS, ROWS)).includes('\u001b[')).toBe(isColoured);
    },
  );

  test.each([40, 60, 80])(
    'is no wider than a terminal of %i characters, and nothing is lost',
    async (columns) => {
      const rows = [
        { name: 'short', count: 1 },
        { name: 'x'.repeat(200), count: 123 },
      ];
      const place = placeOf(true, { NO_COLOR: '1' });
      const drawn = await table(
        { ...place, stdout: Object.assign(place.stdout, { columns }) },
        COLUMNS,
        rows,
      );
      expect(Math.max(...drawn.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns);
      expect(drawn.split('x')).toHaveLength(201);
      expect(drawn).toContain('123');
    },
  );

  test('without rows has its titles', async () => {
    expect(await table(placeOf(false), COLUMNS, [])).toBe('NAME\tCOUNT');
  });
});

test('facts stand one below the other, without those that say nothing', () => {
  expect(facts({ User: 'dale', 'E-mail': '', Name: 'D\u001b', Last: null })).toBe(
    'User: dale\nName: D\\u001b',
  );
});
