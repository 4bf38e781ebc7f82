import { beforeAll, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { COOPER, employeesOf, linesAbout, SHOW_EVERYTHING } from '../support/console-employees.js';
import { accessibilityProblems, describeWithConsole, picture } from '../support/console-rig.js';

describeWithConsole('changing employees', {}, (rig) => {
  beforeAll(async () => {
    await Promise.all([
      rig.createUser('adder', { permissions: ['employees:add'] }),
      rig.createUser('editor', { permissions: ['employees:get', 'employees:update'] }),
      rig.createUser('remover', { permissions: ['employees:get', 'employees:delete'] }),
    ]);
  });

  const added = employeesOf(rig);

  const get = async (id: number): Promise<unknown> => await rig.ask('GET', `/v1/employees/${String(id)}`);

  const saved = (page: Page, id: number) => page.getByText(`Employee ${String(id)} is saved.`);

  test('adds one by keyboard alone, says what is wrong where it is, and keeps what was typed', async () => {
    await added({ id: 3001 });
    const { page } = await rig.logIn('admin', '/employees');
    await page.getByRole('link', { name: 'Add an employee' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Add an employee' }).waitFor();
    const number = page.getByLabel('Number');
    await page.locator('input:focus[data-path=id]').waitFor();
    for (const text of ['3001', 'Audrey', 'Horne', '12345', '08-24-1971', '50000']) {
      await page.keyboard.type(text);
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    await page.getByText('SSN must be nine digits.').waitFor();
    await page.locator('input:focus[data-path=ssn]').waitFor();
    await picture(page, 'employees-add-fault');
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.type('6789');
    await page.keyboard.press('Enter');
    await page.getByText('This number is taken. Choose another one.').waitFor();
    expect(await page.getByLabel('Last name').inputValue()).toBe('Horne');
    await number.focus();
    await page.keyboard.press('Control+A');
    await page.keyboard.type('3002');
    await page.keyboard.press('Enter');
    await page.getByText('Employee 3002 is added.').waitFor();
    await page.getByText('Audrey Horne').waitFor();
    expect(await get(3002)).toMatchObject({
      id: 3002,
      first_name: 'Audrey',
      last_name: 'Horne',
      ssn: '123456789',
      date_of_birth: '08-24-1971',
      salary: 50_000,
    });
  });

  test('edits one after it was read, which it says before, and names only what was changed', async () => {
    const { id } = await added({ last_name: 'Briggs' });
    const { page } = await rig.logIn('editor', `/employees/${String(id)}`);
    await page.getByRole('link', { name: 'Edit' }).click();
    await page.getByText('Each reading is written to the audit log').waitFor();
    await picture(page, 'employees-before-editing');
    expect(await linesAbout(rig, id, 'employee.read')).toBe(0);
    await page.getByRole('button', { name: 'Read and edit' }).click();
    await page.getByLabel('Salary').fill('-1');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Salary must be a whole number from 0').waitFor();
    await page.getByLabel('Salary').fill('120000');
    await page.getByRole('button', { name: 'Save' }).click();
    await saved(page, id).waitFor();
    await page.getByRole('button', { name: SHOW_EVERYTHING }).waitFor();
    expect(await linesAbout(rig, id, 'employee.read')).toBe(1);
    expect(await get(id)).toMatchObject({ salary: 120_000, last_name: 'Briggs' });
    const { entries } = (await rig.ask('GET', '/v1/audit?action=employee.changed&limit=1')) as {
      entries: { details: unknown }[];
    };
    expect(entries[0]?.details).toEqual({ fields: ['salary'] });
  });

  test('two edit the same: the second compares field by field, chooses, and both keep what they meant', async () => {
    const { id } = await added();
    const path = `/employees/${String(id)}/edit`;
    const [{ page: first }, { page: second }] = await Promise.all([
      rig.logIn('editor', path),
      rig.logIn('admin', path),
    ]);
    for (const page of [first, second]) await page.getByRole('button', { name: 'Read and edit' }).click();
    await first.getByLabel('Salary').fill('110000');
    await first.getByLabel('Last name').fill('Coop');
    await first.getByLabel('First name').fill('Agent');
    await second.getByLabel('Salary').fill('130000');
    await second.getByLabel('First name').fill('Special');
    await second.getByLabel('Date of birth').fill('01-31-1960');
    await first.getByRole('button', { name: 'Save' }).click();
    await saved(first, id).waitFor();

    await second.getByRole('button', { name: 'Save' }).click();
    await second.getByText('Somebody else has changed this record meanwhile').waitFor();
    const salary = second.getByRole('radiogroup', { name: 'Salary' });
    await second.getByText('It was 100000').waitFor();
    expect(await salary.innerText()).toMatch(/Theirs: 110000[\s\S]*Yours: 130000/);
    const name = second.getByRole('radiogroup', { name: 'Last name' });
    expect(await name.getByLabel('Theirs: Coop').isChecked()).toBe(true);
    expect(await second.getByRole('main').getByRole('radiogroup').count()).toBe(3);
    await picture(second, 'employees-conflict');
    expect(await accessibilityProblems(second)).toEqual([]);

    await second.getByRole('button', { name: 'Save' }).click();
    await second.getByText('First choose theirs or yours in 2 fields above.').waitFor();
    expect(await second.getByText('Choose theirs or yours.', { exact: true }).count()).toBe(2);
    await salary.getByLabel('Theirs: 110000').check();
    await second.getByRole('radiogroup', { name: 'First name' }).getByLabel('Yours: Special').check();
    expect(await second.getByLabel('Salary', { exact: true }).last().inputValue()).toBe('110000');
    await second.getByRole('button', { name: 'Save' }).click();
    await saved(second, id).waitFor();
    expect(await get(id)).toMatchObject({
      first_name: 'Special',
      last_name: 'Coop',
      date_of_birth: '01-31-1960',
      salary: 110_000,
      ssn: COOPER.ssn,
    });
  });

  test('what was deleted while somebody typed is said, and what was typed stays', async () => {
    const { id } = await added();
    const { page } = await rig.logIn('editor', `/employees/${String(id)}/edit`);
    await page.getByRole('button', { name: 'Read and edit' }).click();
    await page.getByLabel('Salary').fill('130000');
    await rig.ask('DELETE', `/v1/employees/${String(id)}`);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Somebody has deleted this record meanwhile').waitFor();
    expect(await page.getByLabel('Salary').inputValue()).toBe('130000');
  });

  test('deletes one after a question that names them, and of what was shown no other version', async () => {
    const { id } = await added({ first_name: 'Windom', last_name: 'Earle' });
    const { page } = await rig.logIn('remover', `/employees/${String(id)}`);
    await page.getByRole('button', { name: SHOW_EVERYTHING }).click();
    await page.getByText(COOPER.ssn).waitFor();
    const { etag } = await versionOf(id);
    await change(id, { salary: 1 }, etag);
    const question = page.getByRole('dialog', { name: `Delete employee ${String(id)}?` });
    const confirm = question.getByRole('button', { name: `Delete employee ${String(id)}` });
    await page.getByRole('button', { name: 'Delete' }).click();
    await question.getByText('Windom Earle').waitFor();
    await picture(page, 'employees-delete');
    await confirm.click();
    await question.getByText('has been changed since it was read').waitFor();
    await question.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Hide' }).click();
    await page.getByRole('button', { name: 'Delete' }).click();
    await confirm.click();
    await page.getByText(`Employee ${String(id)} is deleted.`).waitFor();
    await page.getByRole('searchbox', { name: 'Search' }).waitFor();
    await expect(get(id)).rejects.toThrow('employee.unknown');
  });

  async function versionOf(id: number): Promise<{ etag: string }> {
    const response = await fetch(`${rig.gatherd.url}/v1/employees/${String(id)}`, {
      headers: { Authorization: `Bearer ${await rig.tokenOf('admin')}` },
    });
    return { etag: response.headers.get('ETag') ?? '' };
  }

  async function change(id: number, body: object, etag: string): Promise<void> {
    const response = await fetch(`${rig.gatherd.url}/v1/employees/${String(id)}`, {
      method: 'PATCH',
      headers: {
        Authorization: `Bearer ${await rig.tokenOf('admin')}`,
        'Content-Type': 'application/json',
        'If-Match': etag,
      },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(200);
  }

  test('who may only add does that again and again', async () => {
    const { page } = await rig.logIn('adder', '/employees/add');
    for (const id of ['3101', '3102']) {
      for (const [label, text] of [
        ['Number', id],
        ['First name', 'Lucy'],
        ['Last name', 'Moran'],
        ['SSN', COOPER.ssn],
        ['Date of birth', COOPER.date_of_birth],
        ['Salary', '0'],
      ] as const) {
        await page.getByLabel(label).fill(text);
      }
      await page.getByRole('button', { name: 'Add the employee' }).click();
      await page.getByText(`Employee ${id} is added.`).waitFor();
      await expect.poll(() => page.getByLabel('Number').inputValue()).toBe('');
    }
  });
});
