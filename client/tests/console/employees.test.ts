import { beforeAll, expect, test } from 'vitest';
import { COOPER, employeesOf, linesAbout, SHOW_EVERYTHING } from '../support/console-employees.js';
import { describeWithConsole, picture } from '../support/console-rig.js';

describeWithConsole('the page of employees', {}, (rig) => {
  beforeAll(async () => {
    await Promise.all([
      rig.createUser('reader', { permissions: ['employees:get'] }),
      rig.createUser('adder', { permissions: ['employees:add'] }),
      rig.createUser('changer', { permissions: ['employees:update', 'employees:delete'] }),
    ]);
  });

  const added = employeesOf(rig);

  test('lists them masked, page by page, and finds by name and number, as the address says', async () => {
    const many = Array.from({ length: 150 }, (_, at) => ({ ...COOPER, id: 1001 + at, last_name: 'Many' }));
    await rig.ask('POST', '/v1/employees/import', { employees: many, apply: true });
    await added({ id: 2001, first_name: 'Laura', last_name: 'Palmer', ssn: '123456789' });
    const { page } = await rig.logIn('reader', '/employees?search=many');
    const rows = page.getByRole('table', { name: 'Employees' }).locator('tbody tr');
    await expect.poll(() => rows.count()).toBe(100);
    await page.getByText('The first 100 are shown.').waitFor();
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByText('150 employees.').waitFor();
    expect(await rows.count()).toBe(150);

    await page.getByRole('searchbox', { name: 'Search' }).fill('laura p');
    await page.getByText('One employee.').waitFor();
    expect(page.url()).toMatch(/search=laura(\+|%20)p$/);
    const palmer = await rows.innerText();
    expect(palmer).toMatch(/2001\s+Laura Palmer\s+\*{5}6789\s+\*\*-\*\*-\*{4}\s+\*{6}/);
    expect(await page.content()).not.toContain('123456789');
    await page.getByRole('searchbox', { name: 'Search' }).fill('1007');
    await page.getByRole('link', { name: 'Dale Many' }).waitFor();
    await page.getByRole('searchbox', { name: 'Search' }).fill('nobody at all');
    await page.getByText('Nobody is found').waitFor();
    await page.getByRole('button', { name: 'Clear this field' }).click();
    await page.getByText('The first 100 are shown.').waitFor();
    expect(new URL(page.url()).search).toBe('');
    await picture(page, 'employees-list');
  });

  test('shows one masked, and everything only when that is asked for, which is one line in the audit log', async () => {
    const { id } = await added({ ssn: '987654321', salary: 123_456 });
    const { page } = await rig.logIn('reader', `/employees/${String(id)}`);
    await page.getByText('*****4321').waitFor();
    await page.getByText('Dale Cooper').waitFor();
    await page.goto(`${rig.gatherd.url}/console/employees`);
    await page.getByRole('link', { name: 'Dale Cooper' }).first().click();
    await page.getByRole('button', { name: SHOW_EVERYTHING }).waitFor();
    expect(await linesAbout(rig, id, 'employee.read')).toBe(0);

    await page.getByRole('button', { name: SHOW_EVERYTHING }).click();
    await page.getByText('987654321').waitFor();
    expect(await page.getByText('123,456').isVisible()).toBe(true);
    expect(await page.getByText('04-19-1954').isVisible()).toBe(true);
    expect(await linesAbout(rig, id, 'employee.read')).toBe(1);
    await picture(page, 'employees-shown');

    await page.getByRole('button', { name: 'Hide' }).click();
    await page.getByText('*****4321').waitFor();
    await page.getByRole('button', { name: SHOW_EVERYTHING }).click();
    await page.getByText('987654321').waitFor();
    await page.getByRole('main').getByRole('link', { name: 'Employees' }).click();
    await page.getByRole('link', { name: 'Dale Cooper' }).first().click();
    await page.getByText('*****4321').waitFor();
    expect(await page.content()).not.toContain('987654321');
    expect(await linesAbout(rig, id, 'employee.read')).toBe(2);
  });

  test('says of a number that nobody has, and of one that is none, that there is nobody', async () => {
    const { page } = await rig.logIn('reader', '/employees/999999');
    await page.getByText('There is no such employee').waitFor();
    await page.goto(`${rig.gatherd.url}/console/employees/7x`);
    await page.getByText('There is no such employee').waitFor();
    await page.getByRole('main').getByRole('link', { name: 'Employees' }).click();
    await page.getByRole('searchbox', { name: 'Search' }).waitFor();
  });

  test.each([
    ['reader', ['Export']],
    ['adder', ['Import', 'Add an employee']],
  ])('%s sees only what they may do', async (username, ways) => {
    const { id } = await added();
    const { page } = await rig.logIn(username, '/employees');
    const main = page.getByRole('main');
    await main.getByRole('link', { name: ways.at(-1) ?? '' }).waitFor();
    const links = await main.getByRole('link', { name: /^(Export|Import|Add an employee)$/ }).allInnerTexts();
    expect(links).toEqual(ways);
    const mayGet = username !== 'adder';
    if (mayGet) await page.getByRole('table', { name: 'Employees' }).waitFor();
    else await page.getByText('but not look at those that are there').waitFor();
    await page.goto(`${rig.gatherd.url}/console/employees/${String(id)}`);
    if (mayGet) await page.getByRole('button', { name: SHOW_EVERYTHING }).waitFor();
    else await page.getByText('but not look at those that are there').waitFor();
    expect(await main.getByRole('link', { name: 'Edit' }).count()).toBe(0);
    expect(await main.getByRole('button', { name: 'Delete' }).count()).toBe(0);
  });

  test('names are shown as they are, whatever they look like', async () => {
    const first = '<img src=x onerror=alert(1)>';
    const last = '"><script>alert(2)</script>{{7*7}}';
    const { id } = await added({ first_name: first, last_name: last });
    const { page } = await rig.logIn('admin', '/employees?search=onerror');
    await page.getByRole('link', { name: `${first} ${last}` }).click();
    await page.getByText(first).waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByText(last).waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.goto(`${rig.gatherd.url}/console/employees/${String(id)}/edit`);
    await page.getByRole('button', { name: 'Read and edit' }).click();
    expect(await page.getByLabel('First name').inputValue()).toBe(first);
  });
});
