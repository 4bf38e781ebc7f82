import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { EmployeeCreation } from '../../../../protocol/employees.js';
import { InProcessGatherd } from '../../../../server/tests/support/in-process-gatherd.js';
import { InProcessGather } from '../../../tests/support/run-gather.js';

const ADMIN_PASSWORD = 'owls-are-not-what';
const PASSWORD = 'damn-fine-coffee-7';
const ADMIN = { env: { GATHER_USER: 'admin' } };
const READER = { env: { GATHER_USER: 'reader', GATHER_PASSWORD: PASSWORD } };
const WRITER = { env: { GATHER_USER: 'writer', GATHER_PASSWORD: PASSWORD } };

let gatherd: InProcessGatherd;
let gather: InProcessGather;

beforeAll(async () => {
  gatherd = await InProcessGatherd.start({ GATHERD_ADMIN_PASSWORD: ADMIN_PASSWORD });
  gather = await InProcessGather.create({ GATHER_SERVER: gatherd.url('front') });
  const login = { env: { ...ADMIN.env, GATHER_PASSWORD: ADMIN_PASSWORD } };
  expect((await gather.run(['login'], login)).stderr).toBe('');
  const password = await fileOf('password', PASSWORD);
  for (const [name, permissions] of [
    ['reader', 'employees:get'],
    ['writer', 'employees:add,employees:update,employees:delete'],
  ] as const) {
    const create = ['users', 'create', name, '-p', permissions, '--new-password-file', password];
    expect((await gather.run(create, ADMIN)).exitCode).toBe(0);
  }
});

beforeEach(async () => {
  const { employees } = (await gather.json(['employees', 'list', '--all'], ADMIN)) as {
    employees: { id: number }[];
  };
  for (const { id } of employees) await gather.run(['employees', 'delete', String(id), '--yes'], ADMIN);
});

afterAll(async () => {
  await gather[Symbol.asyncDispose]();
  await gatherd[Symbol.asyncDispose]();
});

async function fileOf(name: string, text: string): Promise<string> {
  const path = join(gather.directory, name);
  await writeFile(path, text, { mode: 0o600 });
  return path;
}

const COOPER: EmployeeCreation = {
  id: 7,
  first_name: 'Dale',
  last_name: 'Cooper',
  ssn: '012345678',
  date_of_birth: '04-19-1954',
  salary: 100_000,
};

const flagsOf = (employee: EmployeeCreation): string[] => [
  ...['--id', String(employee.id), '--first-name', employee.first_name, '--last-name', employee.last_name],
  ...['--date-of-birth', employee.date_of_birth, '--salary', String(employee.salary), '--ssn-file', '-'],
];

async function add(more: Partial<EmployeeCreation> = {}): Promise<void> {
  const employee = { ...COOPER, ...more };
  const run = await gather.run(['employees', 'add', ...flagsOf(employee)], { ...ADMIN, input: employee.ssn });
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
}

async function get(id: number): Promise<unknown> {
  return (await gather.json(['employees', 'get', String(id)], ADMIN))['employee'];
}

describe('employees list', () => {
  test('shows them masked, by number, as many as are wanted', async () => {
    await add();
    await add({ id: 2, first_name: 'Audrey', last_name: 'Horne' });
    await add({ id: 30, first_name: 'Lucy', last_name: 'Moran' });
    const { stdout, stderr } = await gather.run(['employees', 'list', '--limit', '2'], ADMIN);
    const [header, ...rows] = stdout.trimEnd().split('\n');
    expect(header).toBe('ID\tFIRST NAME\tLAST NAME\tSSN\tDATE OF BIRTH\tSALARY\tCHANGED');
    expect(rows.map((row) => row.split('\t').slice(0, 6))).toEqual([
      ['2', 'Audrey', 'Horne', '*****5678', '**-**-****', '******'],
      ['7', 'Dale', 'Cooper', '*****5678', '**-**-****', '******'],
    ]);
    expect(stderr).toContain('There are more');
    expect(await gather.json(['employees', 'list', '--all'], ADMIN)).toMatchObject({
      ok: true,
      command: 'employees list',
      employees: [{ id: 2 }, { id: 7 }, { id: 30 }],
      hasMore: false,
    });
  });

  test('finds by number and name', async () => {
    await add();
    await add({ id: 70, first_name: 'Lucy', last_name: 'Moran' });
    for (const search of ['7', 'le coop', 'DALE']) {
      const found = await gather.json(['employees', 'list', '--search', search], ADMIN);
      expect(found['employees']).toMatchObject([{ id: 7 }]);
    }
    const { stdout } = await gather.run(['employees', 'list', '--search', 'nobody'], ADMIN);
    expect(stdout).toBe('There are no such employees\n');
  });

  test('takes one of --limit and --all', async () => {
    expect((await gather.run(['employees', 'list', '--limit', '5', '--all'], ADMIN)).exitCode).toBe(2);
    expect((await gather.run(['employees', 'list', '--limit', '0'], ADMIN)).exitCode).toBe(2);
  });
});

describe('employees get', () => {
  test('shows everything', async () => {
    await add();
    const { stdout } = await gather.run(['employees', 'get', '7'], READER);
    expect(stdout).toMatch(
      /^ID: +7\nFirst name: +Dale\n[^]*SSN: +012345678\nDate of birth: +04-19-1954\nSalary: +100000\n/,
    );
    const shown = await gather.json(['employees', 'get', '7'], READER);
    expect(shown).toMatchObject({
      ok: true,
      command: 'employees get',
      employee: COOPER,
      etag: expect.stringMatching(/^"1-/) as unknown,
    });
  });

  test.each([
    ['8', 1, 'There is no employee 8'],
    ['0', 2, 'The ID "0" must be a whole number'],
    ['x', 2, 'The ID "x" must be a whole number'],
  ])('of %s ends with %i', async (id, exitCode, said) => {
    expect(await gather.run(['employees', 'get', id], ADMIN)).toMatchObject({
      exitCode,
      stderr: expect.stringContaining(said) as unknown,
    });
  });
});

describe('employees add', () => {
  test('answers nothing that may not be read, and refuses a number that is taken', async () => {
    const run = ['employees', 'add', ...flagsOf(COOPER)];
    const added = await gather.json(run, { ...WRITER, input: `${COOPER.ssn}\n` });
    expect(Object.keys(added['employee'] as object).sort()).toEqual(['id', 'updated_at']);
    expect(await get(7)).toMatchObject(COOPER);
    expect(await gather.run(run, { ...WRITER, input: COOPER.ssn })).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('There is an employee 7 already') as unknown,
    });
  });

  test('names the options that are missing where nobody can be asked, and has none for an SSN', async () => {
    const { exitCode, stderr } = await gather.run(['employees', 'add', '--id', '7', '--salary', '1'], ADMIN);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('give --first-name, --last-name, --ssn-file, --date-of-birth');
    expect((await gather.run(['employees', 'add', '--ssn', '012345678'], ADMIN)).exitCode).toBe(2);
    expect((await gather.run(['employees', 'add', '--help'], ADMIN)).stdout).not.toMatch(/--ssn\b(?!-)/);
  });

  test.each([
    [['--id', '0'], '--id: the ID must be a whole number'],
    [['--first-name', ''], '--first-name: the First name must be 1 to 100 characters'],
    [['--date-of-birth', '02-30-2000'], '--date-of-birth: the Date of birth must be a date of the calendar'],
    [['--salary', '1e5'], '--salary: the Salary must be a whole number'],
    [['--ssn-file', '/does/not/exist'], '--ssn-file'],
  ])('refuses %j and says why', async (flags, said) => {
    const { exitCode, stderr } = await gather.run(['employees', 'add', ...flagsOf(COOPER), ...flags], {
      ...ADMIN,
      input: COOPER.ssn,
    });
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(said)]);
  });

  test('takes the SSN from a file, and does not repeat one that is none', async () => {
    const path = await fileOf('ssn', '12345\n');
    const run = ['employees', 'add', ...flagsOf(COOPER), '--ssn-file', path];
    const { exitCode, stderr } = await gather.run(run, ADMIN);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('the SSN must be nine digits')]);
    expect(stderr).not.toContain('12345');
    await fileOf('ssn', `${COOPER.ssn}\n`);
    expect((await gather.run(run, ADMIN)).exitCode).toBe(0);
  });

  test('asks on a terminal for what is missing until it is right, hides the SSN, and confirms the whole', async () => {
    const answers = [
      'zero',
      '7',
      '',
      'Dale',
      '12345',
      COOPER.ssn,
      '13-01-1954',
      '04-19-1954',
      '1,5',
      '100000',
      'y',
    ];
    const { exitCode, stdout, stderr } = await gather.run(['employees', 'add', '--last-name', 'Cooper'], {
      ...ADMIN,
      answers,
    });
    expect(exitCode).toBe(0);
    expect(await get(7)).toMatchObject(COOPER);
    for (const reason of [
      'ID must be a whole number from 1 to 9007199254740991.',
      'First name must be 1 to 100 characters, at least one of them to be seen, none a control character or an invisible mark.',
      'SSN must be nine digits.',
      'Date of birth must be a date of the calendar, mm-dd-yyyy.',
      'Salary must be a whole number from 0 to 9007199254740991.',
    ]) {
      expect(stderr).toContain(reason);
    }
    expect(stderr).toMatch(/SSN: +\*{5}5678\n[^]*Add this employee\? \[y\/N\]/);
    expect(stdout + stderr).not.toContain('12345');
  });

  test('sends nothing to whom the whole does not please', async () => {
    const answers = ['7', 'Dale', 'Cooper', COOPER.ssn, '04-19-1954', '100000', 'n'];
    const run = await gather.run(['employees', 'add'], { ...ADMIN, answers });
    expect(run).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('Nothing was sent') as unknown,
    });
    expect((await gather.run(['employees', 'get', '7'], ADMIN)).exitCode).toBe(1);
  });
});

describe('employees update', () => {
  test('changes what is given and leaves the rest', async () => {
    await add();
    const changed = await gather.json(['employees', 'update', '7', '--salary', '5'], ADMIN);
    expect(changed).toMatchObject({
      ok: true,
      changed: ['salary'],
      etag: expect.stringMatching(/^"2-/) as unknown,
      employee: { id: 7 },
    });
    expect(await get(7)).toMatchObject({ ...COOPER, salary: 5 });
    expect((await gather.run(['employees', 'update', '7'], ADMIN)).stderr).toContain(
      'at least one of --first-name',
    );
  });

  test('asks on a terminal, where an empty line keeps what there is', async () => {
    await add();
    const update = ['employees', 'update', '7'];
    const { exitCode, stderr } = await gather.run(update, {
      ...ADMIN,
      answers: ['', 'Bryson', 'nine', '', '', '', 'y'],
    });
    expect(exitCode).toBe(0);
    expect(stderr).toContain('First name [Dale]: ');
    expect(stderr).toContain('SSN (nine digits, not shown) [*****5678]: ');
    expect(stderr).toContain('Change employee 7 (Dale Cooper) so?');
    expect(await get(7)).toMatchObject({ ...COOPER, last_name: 'Bryson' });
    const nothing = await gather.run(update, { ...ADMIN, answers: ['', '', '', '', ''] });
    expect(nothing).toMatchObject({ exitCode: 0, stdout: 'Nothing is changed\n' });
    expect((await gather.run([...update, '--salary', '1'], { ...ADMIN, answers: ['n'] })).exitCode).toBe(1);
    expect(
      (await gather.run([...update, '--salary', '1', '--yes'], { ...ADMIN, answers: [] })).exitCode,
    ).toBe(0);
    expect(await get(7)).toMatchObject({ ...COOPER, last_name: 'Bryson', salary: 1 });
  });

  test('overwrites unseen only where that is said', async () => {
    await add();
    const update = ['employees', 'update', '7', '--first-name', 'Windom'];
    const refused = await gather.run(update, WRITER);
    expect(refused).toMatchObject({
      exitCode: 77,
      stderr: expect.stringContaining('--overwrite') as unknown,
    });
    expect((await gather.run([...update, '--overwrite'], WRITER)).exitCode).toBe(0);
    expect(await get(7)).toMatchObject({ ...COOPER, first_name: 'Windom' });
  });
});

describe('employees delete', () => {
  test('names whom it is about, and needs a yes', async () => {
    await add();
    const remove = ['employees', 'delete', '7'];
    expect((await gather.run(remove, ADMIN)).exitCode).toBe(2);
    const asked = await gather.run(remove, { ...ADMIN, answers: ['n'] });
    expect(asked).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('7 (Dale Cooper)') as unknown,
    });
    expect(await get(7)).toMatchObject(COOPER);
    expect((await gather.run(remove, { ...WRITER, answers: ['y'] })).exitCode).toBe(0);
    expect((await gather.run([...remove, '--yes'], ADMIN)).exitCode).toBe(1);
  });
});

test('each permission is asked for by itself', async () => {
  await add();
  const path = await fileOf('one.csv', 'id,fname,lname,ssn,dob,salary\n8,A,B,1,1/1/2000,1\n');
  const output = join(gather.directory, 'unreadable.csv');
  for (const [args, who] of [
    [['add', ...flagsOf(COOPER)], READER],
    [['update', '7', '--salary', '1'], READER],
    [['delete', '7', '--yes'], READER],
    [['import', path, '--apply'], READER],
    [['list'], WRITER],
    [['get', '7'], WRITER],
    [['export', '--output', output], WRITER],
  ] as const) {
    const run = await gather.run(['employees', ...args], { ...who, input: COOPER.ssn });
    expect([args, run.exitCode]).toEqual([args, 77]);
  }
  await expect(stat(output)).rejects.toThrow();
});

describe('employees export and import', () => {
  const NAMES: readonly (readonly [string, string])[] = [
    ['Dale', 'Cooper'],
    ['O"Neil, "Bob"', ', Jr.'],
    ['=1+1', '@SUM(A1)'],
    ['-minus', '+plus'],
    ['"quoted"', '{"a":1}'],
    ['Ærøskøbing 😀', '山田;太郎'],
    [' space ', 'C:\\new|x'],
  ];

  test('what is exported is imported as it was, whatever the names', async () => {
    for (const [index, [first, last]] of NAMES.entries()) {
      await add({ id: index + 1, first_name: first, last_name: last });
    }
    const output = join(gather.directory, 'employees.csv');
    const exported = await gather.json(['employees', 'export', '--output', output], READER);
    expect(exported).toMatchObject({ ok: true, exported: NAMES.length, output });
    expect((await stat(output)).mode & 0o777).toBe(0o600);
    const text = await readFile(output, 'utf8');
    expect(text).toMatch(
      /^id,first_name,last_name,ssn,date_of_birth,salary\n1,Dale,Cooper,012345678,04-19-1954,100000\n/,
    );
    const rows: string[][] = parse(text);
    for (const cell of rows.flat()) expect(cell).not.toMatch(/^\s*[=+\-@{]/);
    expect((await gather.run(['employees', 'export'], READER)).stdout).toBe(text);
    for (const index of NAMES.keys())
      await gather.run(['employees', 'delete', String(index + 1), '--yes'], ADMIN);
    expect((await gather.run(['employees', 'import', output, '--apply'], WRITER)).exitCode).toBe(0);
    for (const [index, [first, last]] of NAMES.entries()) {
      expect(await get(index + 1)).toMatchObject({
        ...COOPER,
        id: index + 1,
        first_name: first,
        last_name: last,
      });
    }
    const files = await readdir(gather.directory);
    expect(files.filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('whoever is deleted while an export runs is left out of it, which is said', async () => {
    for (const id of [1, 2, 3]) await add({ id });
    await gatherd.services.database.client.$executeRawUnsafe(
      `CREATE TRIGGER "Late" AFTER INSERT ON "AuditEntry" WHEN NEW."action" = 'employees.listed'
       BEGIN DELETE FROM "Employee" WHERE "id" = 2; END`,
    );
    const output = join(gather.directory, 'late.csv');
    const { exitCode, stderr } = await gather.run(['employees', 'export', '--output', output], READER);
    await gatherd.services.database.client.$executeRawUnsafe('DROP TRIGGER "Late"');
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('left out: 1') as unknown]);
    expect((await readFile(output, 'utf8')).match(/^\d+/gm)).toEqual(['1', '3']);
  });

  test('the original’s columns, dates and SSNs without leading zeros are read, and nothing is imported without --apply', async () => {
    const path = await fileOf(
      'original.csv',
      '\ufeffID;FNAME;LNAME;DOB;SSN;SALARY\r\n7;Dale;Cooper;4/19/1954;12345678;100000.0\r\n',
    );
    const dry = await gather.run(['employees', 'import', path], WRITER);
    expect(dry).toMatchObject({ exitCode: 0, stderr: '' });
    expect(dry.stdout).toBe(
      'Employees found: 1, that can be added: 1, conflicts: 0\nNothing is imported yet: --apply does it\n',
    );
    expect((await gather.run(['employees', 'get', '7'], ADMIN)).exitCode).toBe(1);
    expect(await gather.json(['employees', 'import', path, '--apply'], WRITER)).toMatchObject({
      ok: true,
      report: { found: 1, added: 1, is_applied: true, conflicts: [] },
    });
    expect(await get(7)).toMatchObject(COOPER);
  });

  test('all conflicts are told and nothing is imported, or the others with --skip-conflicts', async () => {
    await add();
    const rows = [
      'id,first_name,last_name,ssn,date_of_birth,salary',
      '7,Dale,Cooper,012345678,04-19-1954,1',
      '8,Audrey,Horne,0123456789,02-30-1970,much',
      '9,"two\nlines",Moran,1,01-01-1970,1',
      '',
      '7,Dale,Cooper,012345678,04-19-1954,1',
      '10,Lucy,Moran,1,01-01-1970,1',
    ];
    const path = await fileOf('conflicts.csv', `${rows.join('\n')}\n`);
    for (const flags of [[], ['--apply']]) {
      const { exitCode, stdout } = await gather.run(['employees', 'import', path, ...flags], WRITER);
      expect(exitCode).toBe(1);
      expect(stdout).toContain('found: 5, that can be added: 1, conflicts: 4');
      expect(stdout).toMatch(/row 2, employee 7: there is one/);
      expect(stdout).toMatch(/row 3, employee 8: ssn: must be nine digits; date_of_birth: .*; salary: /);
      expect(stdout).toMatch(/row 5, employee 9: first_name: .*control character/);
      expect(stdout).toMatch(/row 7, employee 7: it has the number of row 2\n/);
      expect(stdout).toContain('Nothing is imported as long as');
      expect((await gather.run(['employees', 'get', '10'], ADMIN)).exitCode).toBe(1);
    }
    const skip = ['employees', 'import', path, '--apply', '--skip-conflicts'];
    expect(await gather.json(skip, WRITER)).toMatchObject({
      ok: true,
      report: { added: 1, is_applied: true },
    });
    expect(await get(10)).toMatchObject({ id: 10, ssn: '000000001' });
    expect(await gather.json(skip, WRITER)).toMatchObject({ ok: false, exitCode: 1, report: { added: 0 } });
  });

  test.each([
    ['', 'does not name id'],
    ['id,first_name,last_name,ssn,date_of_birth\n', 'does not name salary'],
    ['id,fname,first_name,lname,ssn,dob,salary\n', 'names a field twice'],
    ['id,fname,lname,ssn,dob,salary,bonus\n', 'names "bonus"'],
    ['id,fname,lname,ssn,dob,salary\n', 'there is no employee in it'],
    ['id,fname,lname,ssn,dob,salary\n1,a,b\n', 'its row 2 has 3 cells, not 6'],
    ['id,fname,lname,ssn,dob,salary\n1,a"b,c,1,2,3\n', 'its line 2 is no CSV'],
    [`id,fname,lname,ssn,dob,salary\n${'1,a,b,1,2,3\n'.repeat(10_001)}`, 'of at most 10000 rows'],
    [`id,fname,lname,ssn,dob,salary\n${`1,${'a'.repeat(500)},b,1,2,3\n`.repeat(3000)}`, '--max-body-bytes'],
  ])('a file such as %.60j is refused whole', async (text, said) => {
    const path = await fileOf('refused.csv', text);
    expect(await gather.run(['employees', 'import', path, '--apply'], WRITER)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining(said) as unknown,
    });
  });

  test('a file that is not there is a mistake in the command line', async () => {
    expect((await gather.run(['employees', 'import', '/does/not/exist'], WRITER)).exitCode).toBe(2);
    expect((await gather.run(['employees', 'export', '--json'], READER)).exitCode).toBe(2);
  });
});

describe('the menu', () => {
  const login = ['reader', 'wrong', 'reader', PASSWORD];

  test('asks who it is, goes on after errors, and ends its session with q', async () => {
    await add();
    const sessionsOfReader = async (): Promise<unknown> =>
      (await gather.json(['users', 'show', 'reader'], ADMIN))['sessions'];
    const before = await sessionsOfReader();
    const input = [...login, '9', '1', 'x', '7', '1', '8', '4', '7', 'y', 'q', ''].join('\n');
    const { exitCode, stdout } = await gather.run(['employees'], { input });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('  1  Request a record');
    expect(stdout).toContain('Please choose q, or a number from 1 to 4.');
    expect(stdout).toContain('ID must be a whole number');
    expect(stdout).toMatch(/SSN: +012345678\n/);
    expect(stdout).toContain('There is no employee 8');
    expect(stdout).toContain('This deletes employee 7 (Dale Cooper) for ever. Go on?');
    expect(stdout.endsWith('Logged out\n')).toBe(true);
    expect(stdout).not.toContain(PASSWORD);
    expect(await get(7)).toMatchObject(COOPER);
    expect(await sessionsOfReader()).toEqual(before);
  });

  test('adds, updates and deletes, each confirmed', async () => {
    const input = [
      ...['admin', ADMIN_PASSWORD],
      ...['2', '7', 'Dale', 'Cooper', COOPER.ssn, '04-19-1954', '100000', 'y'],
      ...['3', '7', '', '', '', '', '5', 'y'],
      ...['3', '7', '', '', '', '', '6', 'n'],
    ];
    const { stdout } = await gather.run(['employees'], { input: input.join('\n') });
    expect(stdout).toContain('Employee #7 successfully added');
    expect(stdout).toContain('Employee #7 successfully updated');
    expect(stdout).toContain('Nothing was sent.');
    expect(await get(7)).toMatchObject({ ...COOPER, salary: 5 });
    const { stdout: end } = await gather.run(['employees'], {
      input: ['admin', ADMIN_PASSWORD, '4', '7', 'n', '4', '7', 'y', '1', '7'].join('\n'),
    });
    expect(end).toMatch(/Nothing was sent\.[^]*Employee #7 successfully deleted[^]*There is no employee 7/);
  });

  test('lets who may not read overwrite knowingly', async () => {
    await add();
    const changes = ['Windom', '', '', '', ''];
    const input = ['writer', PASSWORD, '3', '7', 'n', '3', '7', 'y', ...changes, 'y', '1', '7', 'q'].join(
      '\n',
    );
    const { stdout } = await gather.run(['employees'], { input });
    expect(stdout).toContain('would be overwritten');
    expect(stdout).toContain('Employee #7 successfully updated');
    expect(stdout).toMatch(/successfully updated[^]*permission/);
    expect(await get(7)).toMatchObject({ ...COOPER, first_name: 'Windom' });
  });

  test('goes on with the session at hand on a terminal, and asks anew when that has ended', async () => {
    await add();
    await gather.run(['employees', 'list'], READER);
    const reader = { env: { GATHER_USER: 'reader' } };
    const first = await gather.run(['employees'], { ...reader, answers: ['1', '7', 'q'] });
    expect(first).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Logged in as reader') as unknown,
    });
    expect(first.stdout).toContain('  q  Log out (ends the session that is remembered)\n');
    expect((await gather.run(['employees', 'list'], reader)).exitCode).toBe(77);
    await gather.run(['employees', 'list'], READER);
    await gather.run(['users', 'end-sessions', 'reader', '--yes'], ADMIN);
    const again = await gather.run(['employees'], {
      ...reader,
      answers: ['1', '7', ...['reader', PASSWORD], '1', '7', 'q'],
    });
    expect(again.stdout).toMatch(/Logged in as reader[^]*User name: [^]*q {2}Log out\n[^]*012345678/);
  });

  test.each([
    ['admin', 1],
    ['admin\nx', 1],
    ['', 1],
    ['1\n', 1],
    [`admin\n${ADMIN_PASSWORD}\n2\n7`, 0],
  ])('ends with its input %j, which is a failure before a login: %i', async (input, exitCode) => {
    expect((await gather.run(['employees'], { input })).exitCode).toBe(exitCode);
  });

  test('is for people', async () => {
    expect((await gather.run(['employees', '--json'])).exitCode).toBe(2);
    expect((await gather.run(['employees', '--password-file', 'x'])).exitCode).toBe(2);
    expect((await gather.run(['employees', 'frobnicate'])).exitCode).toBe(2);
  });
});
