import type { Page, Response } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import type { Permission, Role } from '../../../protocol/permissions.js';
import { until } from '../../../server/tests/support/until.js';
import type { ConsoleRig } from '../support/console-rig.js';
import { accessibilityProblems, describeWithConsole, picture } from '../support/console-rig.js';

const EVERYTHING = [
  { title: 'Overview', path: '/overview' },
  { title: 'Messages', path: '/messages' },
  { title: 'Chat', path: '/chat' },
  { title: 'Employees', path: '/employees' },
  { title: 'My account', path: '/account' },
  { title: 'Users', path: '/users' },
  { title: 'Invites', path: '/invites' },
  { title: 'Audit log', path: '/audit' },
  { title: 'Settings', path: '/settings' },
];

/** What docs/accounts.md says of the roles, as pages. */
const OF_ROLES: readonly (readonly [Role, readonly string[]])[] = [
  ['user', ['Messages', 'Chat', 'My account']],
  ['moderator', ['Overview', 'Messages', 'Chat', 'My account']],
  ['admin', EVERYTHING.map(({ title }) => title)],
];

/** The same of permissions; a record cannot be changed or deleted by who cannot read it, not in a browser. */
const OF_PERMISSIONS: readonly (readonly [readonly Permission[], readonly string[]])[] = [
  [[], ['My account']],
  [['messages:write'], ['Messages', 'My account']],
  [['messages:read'], ['Overview', 'Messages', 'My account']],
  [['feed:read'], ['Messages', 'My account']],
  [['chat'], ['Chat', 'My account']],
  [['employees:get'], ['Employees', 'My account']],
  [['employees:add'], ['Employees', 'My account']],
  [['employees:update', 'employees:delete'], ['My account']],
  [['users:manage'], ['My account', 'Users', 'Invites', 'Settings']],
  [['audit:read'], ['My account', 'Audit log']],
];

/** What there is beside what the navigation leads to, with something that it shows. */
const PARTS = [
  { path: '/account/password', sign: 'Change the password' },
  { path: '/account/sessions', sign: 'End all others' },
  { path: '/account/tokens', sign: 'Create a token' },
  { path: '/account/delete', sign: /delete/i },
  { path: '/users/~new', sign: 'Create the user' },
  { path: '/users/dale', sign: 'Save the profile' },
  { path: '/users/dale?tab=access', sign: 'Save role and permissions' },
  { path: '/users/dale?tab=sessions', sign: 'End all sessions' },
  { path: '/users/dale?tab=tokens', sign: 'Revoke all' },
  { path: `/employees/${String(Number.MAX_SAFE_INTEGER)}`, sign: 'Delete' },
  { path: '/employees/add', sign: 'Add the employee' },
  { path: '/employees/import', sign: 'Choose a CSV file' },
  { path: '/employees/export', sign: 'Export' },
];

/** Each colour and each width with whatever depends on both; `light` stands last, so that the next page begins with it. */
const FORMS = [
  { name: 'wide', colorScheme: 'light', width: 1920, height: 1080, isSeenWhole: false },
  { name: 'dark-phone', colorScheme: 'dark', width: 360, height: 740, isSeenWhole: true },
  { name: 'light', colorScheme: 'light', width: 1280, height: 800, isSeenWhole: true },
] as const;

/** How much of a page is beyond its side, as seen in it. What is drawn follows the width only after it has changed. */
const BEYOND = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';

/** What has no place to be broken. */
const LONG = 'W'.repeat(100);

describeWithConsole('the pages of each role', {}, (rig) => {
  beforeAll(async () => {
    await fill(rig);
  });

  test.each(OF_ROLES)('%s: sees its pages, and nothing at the addresses of others', async (role, titles) => {
    const name = `one-${role}`;
    await rig.createUser(name, { role });
    const { page } = await rig.logIn(name);
    await expectPages(page, titles);
    const others = EVERYTHING.filter(({ title }) => !titles.includes(title)).map(({ path }) => path);
    if (others.includes('/users')) others.push('/users/admin', '/users/~new');
    for (const path of others) {
      await goTo(page, path);
      await page.getByRole('heading', { name: 'Nothing here' }).waitFor();
    }
  });

  test.each(OF_PERMISSIONS)('%j: shows what that is good for, and no more', async (permissions, titles) => {
    const name = `only-${permissions.join('-').replaceAll(':', '.')}`.slice(0, 32);
    await rig.createUser(name, { permissions: [...permissions] });
    const { page } = await rig.logIn(name);
    await expectPages(page, titles);
  });

  test('every page is for everybody, light and dark, wide and narrow', async () => {
    const { page } = await rig.logIn('admin');
    const found: string[] = [];
    for (const { title, path } of EVERYTHING) {
      await show(page, title);
      found.push(...(await problemsOf(page, path)));
    }
    for (const { path, sign } of PARTS) {
      await goTo(page, path);
      await page.getByRole('main').getByRole('button', { name: sign }).first().waitFor();
      await loaded(page);
      found.push(...(await problemsOf(page, path)));
    }
    expect(found).toEqual([]);
  });
});

/** Some of everything, with texts that are hard to lay out. */
async function fill(rig: ConsoleRig): Promise<void> {
  await rig.createUser('w'.repeat(32), { full_name: LONG });
  await rig.createUser('dale', {
    full_name: 'Dale Cooper',
    email: 'dale@example.org',
    metadata: { locker: 6 },
  });
  await rig.createUser('دانا', { full_name: 'دانا', role: 'moderator' });
  await rig.createUser('leland');
  await rig.ask('PATCH', '/v1/users/leland', { status: 'suspended' });
  const token = await rig.tokenOf('dale');
  await rig.ask('POST', '/v1/tokens', { name: 'weather', permissions: ['messages:write', 'chat'] }, token);
  await rig.ask('POST', '/v1/tokens', { name: LONG.slice(0, 64), permissions: ['chat'] });
  await rig.ask('POST', '/v1/messages', { message: LONG.repeat(3), topic: 'chat' });
  await rig.ask('POST', '/v1/messages', { message: LONG.repeat(3) });
  await rig.ask('POST', '/v1/invites', { note: LONG });
  await rig.ask('POST', '/v1/employees', {
    ...{ id: Number.MAX_SAFE_INTEGER, first_name: LONG, last_name: LONG, salary: Number.MAX_SAFE_INTEGER },
    ...{ ssn: '123456789', date_of_birth: '01-31-1980' },
  });
}

async function expectPages(page: Page, titles: readonly string[]): Promise<void> {
  const refused: string[] = [];
  const onResponse = (response: Response): void => {
    if (response.status() >= 400) refused.push(`${String(response.status())} ${response.url()}`);
  };
  page.on('response', onResponse);
  const links = page.getByRole('navigation', { name: 'Pages' }).getByRole('link');
  expect(await links.allInnerTexts()).toEqual(titles);
  for (const title of titles) await show(page, title);
  page.off('response', onResponse);
  expect(refused).toEqual([]);
}

/** Goes to a page, and waits until it has loaded all that it shows. */
async function show(page: Page, title: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: title }).click();
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  await loaded(page);
  expect(await page.getByRole('alert').allInnerTexts()).toEqual([]);
}

/** Goes to an address as the console's own links do. */
async function goTo(page: Page, path: string): Promise<void> {
  await page.evaluate(`history.pushState(null, '', '/console${path}')`);
}

async function loaded(page: Page): Promise<void> {
  await expect.poll(() => page.getByRole('status', { name: 'Loading' }).count()).toBe(0);
}

/** What is wrong with a page, in each form. */
async function problemsOf(page: Page, path: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { name, colorScheme, isSeenWhole, ...size } of FORMS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(size);
    await picture(page, `${path.slice(1).replaceAll(/\W+/g, '-')}-${name}`);
    await until(
      'nothing beyond the side',
      async () => (await page.evaluate<number>(BEYOND)) <= 0,
      5000,
    ).catch(() => found.push(`${path} ${name}: it goes beyond the side`));
    const problems = isSeenWhole ? await accessibilityProblems(page) : [];
    found.push(...problems.map((problem) => `${path} ${name}: ${problem}`));
  }
  return found;
}
