import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ServedGatherd } from '../../server/tests/support/gatherd-program.js';
import { InProcessGather } from './support/run-gather.js';

const COUNT = 2_500;

let gatherd: ServedGatherd;
let cli: InProcessGather;

beforeAll(async () => {
  gatherd = await ServedGatherd.start();
  cli = await InProcessGather.create({
    GATHER_SERVER: gatherd.url,
    GATHER_USER: 'dale',
    GATHER_PASSWORD: 'pass',
    GATHER_RETRY_FOR: '10',
  });
  const plain = Array.from({ length: COUNT - 2 }, (_, index) => `line ${String(index + 1)}`);
  await cli.run(['pipe', '--topic', 'app'], { input: plain.join('\n') });
  await cli.run(['pipe', '--ndjson', '--topic', 'values'], { input: '{"a":"needle"}\n"=1+1"' });
});

afterAll(async () => {
  await cli[Symbol.asyncDispose]();
  await gatherd[Symbol.asyncDispose]();
});

test('query shows the newest first, and what fits its filter', async () => {
  const newest = await cli.run(['query', '-n', '3']);
  expect(newest.stdout.split('\n').map((line) => line.replace(/ \S+Z /, ' '))).toEqual([
    '2500 dale [values] =1+1',
    '2499 dale [values] {"a":"needle"}',
    '2498 dale [app] line 2498',
    '',
  ]);
  const found = await cli.run(['query', '--json', '--contains', 'needle']);
  expect(JSON.parse(found.stdout)).toMatchObject({ seq: 2499, message: { a: 'needle' }, topic: 'values' });
  const first = await cli.run(['query', '--json', '--order', 'oldest', '--after', '10', '-n', '1200']);
  const records = first.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { seq: number });
  expect(records.map(({ seq }) => seq)).toEqual(Array.from({ length: 1_200 }, (_, index) => index + 11));
});

test('query of what another user sent is not permitted', async () => {
  expect((await cli.run(['query', '--sender', 'bob'])).exitCode).toBe(77);
});

test('export writes what the dump has', async () => {
  const output = join(cli.directory, 'out.ndjson');
  expect(await cli.json(['export', '--output', output])).toMatchObject({ ok: true, exported: COUNT });
  const dump = await readFile(join(gatherd.dataDir, 'dump.ndjson'), 'utf8');
  expect(await readFile(output, 'utf8')).toBe(dump);
});

test('export as csv has a row for each, and no formula', async () => {
  const { stdout } = await cli.run(['export', '--format', 'csv', '--topic', 'values']);
  const rows = stdout.trimEnd().split('\n');
  expect(rows).toHaveLength(3);
  expect(rows[1]).toContain(',dale,"{""message"":{""a"":""needle""}}",2499,127.0.0.1,values,,');
  expect(rows[2]).toContain(',dale,"""=1+1""",2500,');
});
