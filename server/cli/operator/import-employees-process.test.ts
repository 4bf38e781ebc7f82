import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import Database from 'libsql';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeEmployeeDatabase, type ForeignCell } from '../../tests/support/foreign-files.js';
import { GatherClient } from '../../tests/support/gather-client.js';
import { GatherdProcess, runGatherd } from '../../tests/support/gatherd-process.js';
import { runProgram } from '../../tests/support/gatherd-program.js';
import { putNewDatabase } from '../../tests/support/new-database.js';

const DECLARED = 'id INTEGER PRIMARY KEY, fname TEXT, lname TEXT, ssn INTEGER, dob TEXT, salary INTEGER';

let folder = '';
let dataDir = '';
let file = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatherd-import-employees-'));
  dataDir = join(folder, 'data');
  await mkdir(dataDir, { mode: 0o700 });
  await putNewDatabase(dataDir);
  file = join(folder, 'employee.db');
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const importing = (...more: readonly string[]) => [
  'import',
  'employees',
  file,
  '--data-dir',
  dataDir,
  ...more,
];

function importEmployees(...more: readonly string[]) {
  return runGatherd(importing(...more));
}

function write(count: number, change: (row: ForeignCell[], index: number) => ForeignCell[] = (row) => row) {
  const rows = Array.from({ length: count }, (_, index) =>
    change([index + 1, 'John', `Doe${String(index)}`, 1_234_000 + index, '1/2/2000', 100_000], index),
  );
  writeEmployeeDatabase(file, rows, DECLARED);
}

function storedCount(): number {
  const database = new Database(join(dataDir, 'gatherd.db'), { readonly: true });
  try {
    const [row] = database.prepare('SELECT count(*) AS count FROM Employee').all() as { count: number }[];
    return row?.count ?? -1;
  } finally {
    database.close();
  }
}

test('employees are imported where no server runs, all or nothing, and the file stays as it is', async () => {
  write(3, (row, index) => (index === 1 ? row.with(4, '31/02/2000') : row));
  const before = await readFile(file);
  const dry = await runProgram(importing());
  expect(dry).toMatchObject({ code: 1, stderr: '' });
  expect(dry.stdout).toContain('\n  2 #2: the date of birth must be a date of the calendar, mm-dd-yyyy\n');
  expect(await runProgram(importing('--apply'))).toMatchObject({ code: 1, stdout: dry.stdout });
  expect(storedCount()).toBe(0);
  const done = await runProgram(importing('--apply', '--skip-conflicts', '--json'));
  expect(done.code).toBe(0);
  expect(JSON.parse(done.stdout)).toMatchObject({
    isApplied: true,
    imported: 2,
    conflicts: [{ row: 2, id: 2 }],
    normalised: { dates: 2, ssnZeros: 2 },
  });
  expect(dry.stdout + done.stdout).not.toMatch(/1234\d\d\d/);
  expect(storedCount()).toBe(2);
  expect(await readFile(file)).toEqual(before);
});

test('ten thousand are imported by a running server, which goes on to serve meanwhile', async () => {
  write(3_000);
  await using server = await GatherdProcess.start({ dataDir });
  using client = new GatherClient(server);
  const imported = importEmployees('--apply');
  const over = imported.then(() => true);
  let asked = 0;
  do {
    expect((await client.send('/healthz', undefined, { method: 'GET' })).status).toBe(200);
    asked += 1;
  } while (!(await Promise.race([over, nextTurn(false)])));
  expect(asked).toBeGreaterThan(1);
  const { code, stdout, stderr } = await imported;
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/\n {2}and 2900 more\n3000 employees imported\n$/);
  expect(storedCount()).toBe(3_000);
  const again = await importEmployees('--apply', '--json');
  expect(again.code).toBe(1);
  expect(JSON.parse(again.stdout)).toMatchObject({ isApplied: false, counts: { conflicts: 3_000 } });
  expect(server.output + stdout + again.stdout).not.toMatch(/12[34]\d{4}\b/);
  expect(await server.stop()).toBe(0);
}, 180_000);

test('a file that is none of employees is refused with the reason', async () => {
  await writeFile(file, 'username,password\ndale,damn fine\n');
  const { code, stdout, stderr } = await importEmployees();
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toContain('cannot be imported: it is neither');
  expect(stderr).not.toContain('damn');
});
