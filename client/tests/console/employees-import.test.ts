import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { beforeAll, expect, test } from 'vitest';
import type { EmployeeCreation } from '../../../protocol/employees.js';
import { COOPER } from '../support/console-employees.js';
import { accessibilityProblems, describeWithConsole, picture } from '../support/console-rig.js';

const HEADER = 'id,first_name,last_name,ssn,date_of_birth,salary';

describeWithConsole('employees from a file, and to one', {}, (rig) => {
  beforeAll(async () => {
    await rig.createUser('adder', { permissions: ['employees:add'] });
  });

  const fileOf = (name: string, ...lines: readonly string[]) => ({
    name,
    mimeType: 'text/csv',
    buffer: Buffer.from(`${lines.join('\n')}\n`),
  });

  async function allIds(): Promise<readonly number[]> {
    const { employees } = (await rig.ask('GET', '/v1/employees?limit=1000')) as {
      employees: readonly EmployeeCreation[];
    };
    return employees.map(({ id }) => id);
  }

  test('shows first what would be added and what is in the way, by row, and adds all or nothing', async () => {
    await rig.ask('POST', '/v1/employees', COOPER);
    const { page } = await rig.logIn('admin', '/employees/import');
    await page.getByRole('button', { name: 'Choose a CSV file' }).waitFor();
    await picture(page, 'employees-import');
    const name = '<b>\u202epeople</b>.csv';
    const file = fileOf(
      name,
      'SSN;fname;lname;id;salary;dob',
      '12345678;Audrey;<img src=x onerror=alert(1)>;11;50000;8/24/1971',
      '123456789;Dale;Again;7;1;04-19-1954',
      '123;Lucy;Moran;12;1;02-30-1970',
      '123456789;Audrey;Twice;11;1;04-19-1954',
    );
    await page.locator('input[type=file]').setInputFiles(file);
    await page.getByText('4 employees found, 1 can be added, 3 conflicts.').waitFor();
    const rows = page.getByRole('table', { name: 'What would be imported' }).locator('tbody tr');
    const texts = await rows.allInnerTexts();
    expect(texts.map((text) => text.replaceAll(/\s+/g, ' '))).toEqual([
      '2 11 Audrey <img src=x onerror=alert(1)> *****5678 08-24-1971 50000 Can be added',
      '3 7 Dale Again *****6789 04-19-1954 1 Conflict: there is one of this number already',
      expect.stringMatching(
        /^4 12 Lucy Moran \*{5}0123 02-30-1970 1 Conflict: date_of_birth: must be a date/,
      ),
      '5 11 Audrey Twice *****6789 04-19-1954 1 Conflict: it has the number of row 2',
    ]);
    const doIt = page.getByRole('button', { name: 'Import 1 employee' });
    expect(await doIt.isDisabled()).toBe(true);
    await picture(page, 'employees-import-plan');
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByText('Conflicts (3)').click();
    await expect.poll(() => rows.count()).toBe(3);
    expect(await allIds()).toEqual([7]);

    await page.getByLabel('Leave out the 3 rows with conflicts').check();
    await doIt.click();
    await page.getByText('1 employee added. 3 rows with conflicts left out.').waitFor();
    await page.getByRole('link', { name: 'Show the employees' }).click();
    await page.getByRole('link', { name: 'Audrey <img src=x onerror=alert(1)>' }).waitFor();
    expect(await rig.ask('GET', '/v1/employees/11')).toMatchObject({
      ssn: '012345678',
      date_of_birth: '08-24-1971',
    });
  });

  test('a conflict that came up since the preview is shown, and nothing is added', async () => {
    const { page } = await rig.logIn('adder', '/employees/import');
    const lines = [HEADER, '21,Ben,Horne,123456789,01-31-1940,1', '22,Jerry,Horne,123456789,01-31-1942,1'];
    await page.getByLabel('Or paste it').fill(lines.join('\n'));
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.getByText('2 employees found, 2 can be added.').waitFor();
    await rig.ask('POST', '/v1/employees', { ...COOPER, id: 21 });
    await page.getByRole('button', { name: 'Import 2 employees' }).click();
    await page.getByText('2 employees found, 1 can be added, 1 conflict.').waitFor();
    expect(await allIds()).not.toContain(22);
    await page.getByRole('button', { name: 'Choose another file' }).click();
    expect(await page.getByLabel('Or paste it').inputValue()).toBe(lines.join('\n'));
    await page.locator('input[type=file]').setInputFiles(fileOf('good.csv', HEADER, lines[2] ?? ''));
    await page.getByRole('button', { name: 'Import 1 employee' }).click();
    await page.getByText('1 employee added.').waitFor();
    expect(await page.getByRole('link', { name: 'Show the employees' }).count()).toBe(0);
    expect(await allIds()).toContain(22);
  });

  test('says why a file cannot be imported at all', async () => {
    const { page } = await rig.logIn('adder', '/employees/import');
    const choose = async (file: ReturnType<typeof fileOf>, words: string): Promise<void> => {
      await page.locator('input[type=file]').setInputFiles(file);
      await page.getByRole('alert').getByText(words).waitFor();
    };
    await choose(fileOf('a.csv', 'id,nickname'), 'its first line names "nickname", which is no field');
    await choose(fileOf('b.csv', HEADER, '1,2'), 'its row 2 has 2 cells, not 6.');
    const row = `,Long,${'Name'.repeat(20)},123456789,01-31-1940,1`;
    const many = Array.from({ length: 10_001 }, (_, at) => `${String(at + 1)}${row}`);
    await choose(fileOf('c.csv', HEADER, ...many), 'it has 10,001 employees, and at most 10,000');
    await picture(page, 'employees-import-fault');
    expect(await accessibilityProblems(page)).toEqual([]);
    await choose(
      fileOf('d.csv', HEADER, ...many.slice(1)),
      'it is more than the server takes as one request',
    );
  });

  test('a file that is dropped is read, and no other one meanwhile', async () => {
    const { page } = await rig.logIn('adder', '/employees/import');
    await page.getByText('or drop it here').waitFor();
    const csv = `${HEADER}\n31,Ed,Hurley,123456789,01-31-1940,1\n`;
    const drop = async (name: string): Promise<void> => {
      const transfer = await page.evaluateHandle(
        `(() => { const data = new DataTransfer(); data.items.add(new File([${JSON.stringify(csv)}], '${name}')); return data; })()`,
      );
      await page.getByText('or drop it here').dispatchEvent('drop', { dataTransfer: transfer });
    };
    let goOn = (): void => undefined;
    const isOtherDropped = new Promise<void>((resolve) => (goOn = resolve));
    let asked = 0;
    await page.route('**/v1/employees/import', async (route) => {
      asked += 1;
      if (asked === 1) await isOtherDropped;
      await route.continue();
    });
    await drop('dropped.csv');
    await expect.poll(() => page.getByRole('button', { name: 'Choose a CSV file' }).isDisabled()).toBe(true);
    await drop('another.csv');
    goOn();
    await page.getByText('dropped.csv: 1 employee found, 1 can be added.').waitFor();
    expect(asked).toBe(1);
  });

  test('exports everything as the API has it, and says before how many lines that leaves', async () => {
    const odd = { ...COOPER, id: 41, first_name: '=1+1', last_name: 'O"Neil, Jr' };
    await rig.ask('POST', '/v1/employees', odd);
    const ids = await allIds();
    const { page } = await rig.logIn('admin', '/employees');
    await page.getByRole('link', { name: 'Export' }).click();
    const count = String(ids.length);
    await page.getByText(`${count} lines are written to the audit log.`).waitFor();
    const before = await readings();
    await picture(page, 'employees-export');
    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: `Export ${count} employees` }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe('employees.csv');
    await page.getByText(`${count} employees are in employees.csv.`).waitFor();
    expect((await readings()) - before).toBe(ids.length);
    const [header, ...rows] = parse(await readFile(await download.path(), 'utf8'), { columns: false });
    expect(header?.join(',')).toBe(HEADER);
    const wanted = await Promise.all(
      ids.map(async (id) => (await rig.ask('GET', `/v1/employees/${String(id)}`)) as EmployeeCreation),
    );
    const read = rows.map(([id, first = '', last = '', ssn, date, salary]) => ({
      id: Number(id),
      first_name: first.startsWith('"') ? (JSON.parse(first) as string) : first,
      last_name: last.startsWith('"') ? (JSON.parse(last) as string) : last,
      ssn,
      date_of_birth: date,
      salary: Number(salary),
    }));
    expect(read).toEqual(wanted.map(({ ...employee }) => withoutTime(employee)));
  });

  const withoutTime = (employee: object): object =>
    Object.fromEntries(Object.entries(employee).filter(([name]) => name !== 'updated_at'));

  async function readings(): Promise<number> {
    const { entries } = (await rig.ask('GET', '/v1/audit?action=employee.read&limit=1000')) as {
      entries: unknown[];
    };
    return entries.length;
  }

  test('an export that is cancelled leaves no file', async () => {
    for (const id of [1001, 1002]) await rig.ask('POST', '/v1/employees', { ...COOPER, id });
    const { page } = await rig.logIn('admin', '/employees/export');
    let goOn = (): void => undefined;
    const isCancelled = new Promise<void>((resolve) => (goOn = resolve));
    await page.route('**/v1/employees/1002', async (route) => {
      await isCancelled;
      await route.continue();
    });
    let downloads = 0;
    page.on('download', () => (downloads += 1));
    await page.getByRole('button', { name: /^Export \d+ employees$/ }).click();
    // Nothing of it is filled yet.
    await page.getByRole('progressbar', { name: 'Export' }).waitFor({ state: 'attached' });
    await page.getByRole('button', { name: 'Cancel the export' }).click();
    goOn();
    await page.getByText('Cancelled. There is no file').waitFor();
    expect(await page.getByRole('button', { name: /^Export \d+ employees$/ }).isVisible()).toBe(true);
    expect(downloads).toBe(0);
  });
});
