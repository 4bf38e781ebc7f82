import type { Page, Response } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Permission, Role } from '../../../protocol/permissions.js';
import { accessibilityProblems, ConsoleRig, describeInBrowser, picture } from '../support/console-rig.js';

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

const FORMS = [
  { name: 'light', colorScheme: 'light', width: 1280, height: 800 },
  { name: 'dark', colorScheme: 'dark', width: 1280, height: 800 },
  { name: 'dark-phone', colorScheme: 'dark', width: 360, height: 740 },
  { name: 'light-phone', colorScheme: 'light', width: 360, height: 740 },
] as const;

/** How many colours and sizes are still on their way to what they will be. */
const TRANSITIONS = 'document.getAnimations().filter((one) => one instanceof CSSTransition).length';

/** What has no place to be broken. */
const LONG = 'W'.repeat(100);

describeInBrowser('the pages of each role', () => {
  let rig: ConsoleRig;
  beforeAll(async () => {
    rig = await ConsoleRig.start();
    await fill(rig);
  });
  afterEach(() => {
    expect(rig.problems).toEqual([]);
  });
  afterAll(async () => {
    await rig[Symbol.asyncDispose]();
  });

  test.each(OF_ROLES)('%s: sees its pages, and nothing at the addresses of others', async (role, titles) => {
    const name = `one-${role}`;
    await rig.createUser(name, { role });
    const { page, context } = await rig.logIn(name);
    await using _ = context;
    await expectPages(page, titles);
    for (const { path } of EVERYTHING.filter(({ title }) => !titles.includes(title))) {
      await page.goto(`${rig.gatherd.url}/console${path}`);
      await page.getByRole('heading', { name: 'Nothing here' }).waitFor();
    }
  });

  test.each(OF_PERMISSIONS)('%j: shows what that is good for, and no more', async (permissions, titles) => {
    const name = `only-${permissions.join('-').replaceAll(':', '.')}`.slice(0, 32);
    await rig.createUser(name, { permissions: [...permissions] });
    const { page, context } = await rig.logIn(name);
    await using _ = context;
    await expectPages(page, titles);
  });

  test('every page is for everybody, light and dark, wide and narrow', async () => {
    const { page, context } = await rig.logIn('admin', '/', { reducedMotion: 'reduce' });
    await using _ = context;
    const found: string[] = [];
    for (const { title, path } of EVERYTHING) {
      await page.setViewportSize({ width: 1280, height: 800 });
      await show(page, title);
      for (const { name, colorScheme, ...size } of FORMS) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize(size);
        await picture(page, `${path.slice(1)}-${name}`);
        const problems = await lastingProblems(page);
        found.push(...problems.map((problem) => `${path} ${name}: ${problem}`));
      }
    }
    expect(found).toEqual([]);
  });
});

/** Some of everything, with texts that are hard to lay out. */
async function fill(rig: ConsoleRig): Promise<void> {
  await rig.createUser('w'.repeat(32), { full_name: LONG });
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
  await expect.poll(() => page.getByRole('status', { name: 'Loading' }).count(), { timeout: 15_000 }).toBe(0);
  expect(await page.getByRole('alert').allInnerTexts()).toEqual([]);
}

/** What is wrong with the page as it is now, and still is once nothing moves any more. */
async function lastingProblems(page: Page): Promise<readonly string[]> {
  if ((await problemsNow(page)).length === 0) return [];
  await expect.poll(() => page.evaluate(TRANSITIONS), { timeout: 15_000 }).toBe(0);
  return problemsNow(page);
}

async function problemsNow(page: Page): Promise<readonly string[]> {
  return [...(await sideways(page)), ...(await accessibilityProblems(page))];
}

async function sideways(page: Page): Promise<readonly string[]> {
  const beyond = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  return beyond > 0 ? [`${String(beyond)} px beyond the side`] : [];
}
