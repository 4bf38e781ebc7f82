import { join } from 'node:path';
import Database from 'libsql';
import type { Locator, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import type { ConsoleRig } from '../support/console-rig.js';
import { accessibilityProblems, describeWithConsole, PASSWORD, picture } from '../support/console-rig.js';

const HOSTILE = '<img src=x onerror=alert(1)>';
/** What a name that nobody has looks like, when it is a password in the wrong field. */
const TYPED = `${HOSTILE}typed`;

describeWithConsole('the audit log', {}, (rig) => {
  beforeAll(async () => {
    await rig.createUser('dale');
    await rig.createUser('ming', { role: 'moderator', notes: HOSTILE });
    await refusedLogin(rig, 'dale');
    await refusedLogin(rig, TYPED);
  });

  test('shows who did what, the newest first, in words; and all of a line when it is unfolded', async () => {
    const { page } = await rig.logIn('admin', '/audit', { userAgent: HOSTILE });
    await lines(page).first().waitFor();
    const numbers = (await numbersOf(page)).map(Number);
    expect(numbers).toEqual(numbers.toSorted((one, other) => other - one));
    expect(numbers.at(-1)).toBe(1);
    const text = await lines(page).first().innerText();
    expect(text).toContain('Log in');
    expect(text).toContain('admin');
    expect(text).toContain('127.0.0.1');
    const unfold = page.getByRole('button', { name: 'Details of line' }).first();
    await unfold.focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => unfold.getAttribute('aria-expanded')).toBe('true');
    await page.getByText(HOSTILE, { exact: true }).waitFor();
    await page.getByText('Hash').waitFor();
    await picture(page, 'audit-light');
    expect(await page.locator('main').innerText()).not.toContain(PASSWORD);
    expect(await page.locator('main').innerText()).not.toContain(TYPED);
    await page.keyboard.press('Enter');
    await page.getByText('Hash').waitFor({ state: 'detached' });
  });

  test('filters by action, outcome, user, door and time; the address says so', async () => {
    const { page } = await rig.logIn('admin', '/audit');
    await page.getByLabel('Action').selectOption({ label: 'Log in' });
    await page.getByLabel('Outcome').selectOption('Refused');
    await expect.poll(() => lines(page).count()).toBe(2);
    expect(page.url()).toContain('?action=login&outcome=refused');
    await page.getByLabel('User', { exact: true }).fill('dale');
    await page.keyboard.press('Enter');
    await expect.poll(() => lines(page).count()).toBe(1);
    expect(await lines(page).innerText()).toContain('dale');
    await page.reload();
    await expect.poll(() => lines(page).count()).toBe(1);
    expect(await page.getByLabel('User', { exact: true }).inputValue()).toBe('dale');
    await page.getByLabel('Action').selectOption({ label: 'Make a backup' });
    await page.getByText('No such lines').waitFor();
    await page.goBack();
    await expect.poll(() => lines(page).count()).toBe(1);
    await page.getByRole('button', { name: 'All lines' }).click();
    await expect.poll(() => lines(page).count()).toBeGreaterThan(4);
    expect(await page.getByLabel('User', { exact: true }).inputValue()).toBe('');
    await page.getByLabel('Door').selectOption('Chat gateway');
    await page.getByText('No such lines').waitFor();
    expect(page.url()).toMatch(/\?door=chat$/);
    await page.getByLabel('Door').selectOption('HTTP');
    await expect.poll(() => lines(page).count()).toBeGreaterThan(4);
    await filterByTime(page);
  });

  test('goes from a line to all that is about its user', async () => {
    const { page } = await rig.logIn('admin', '/audit?action=account.created&user=ming');
    await page.getByRole('button', { name: 'Details of line' }).click();
    await page.getByRole('button', { name: 'Only lines about ming' }).click();
    await expect.poll(() => page.url()).toMatch(/audit\/?\?user=ming$/);
    expect(await page.getByLabel('Action').inputValue()).toBe('');
  });

  test('passes over what an address asks for that there is not', async () => {
    const { page } = await rig.logIn('admin', '/audit?action=constructor&outcome=maybe&before=x');
    await lines(page).first().waitFor();
    expect(await page.getByLabel('Action').inputValue()).toBe('');
  });

  test('shows new lines by itself while one is at the top, and not while one reads', async () => {
    const { page } = await rig.logIn('admin', '/settings', { isForOneTest: true });
    await page.clock.install();
    await page.getByRole('link', { name: 'Audit log' }).click();
    await lines(page).first().waitFor();
    await page.getByText('New lines show up by themselves.').waitFor();
    const before = await lines(page).count();
    await refusedLogin(rig, 'ming');
    await page.clock.fastForward(10_000);
    await expect.poll(() => lines(page).count()).toBe(before + 1);
    await page.getByRole('button', { name: 'Details of line' }).first().click();
    await page.getByText('New lines wait while you read.').waitFor();
    await page.getByRole('button', { name: 'Show the newest' }).click();
    await page.getByText('New lines show up by themselves.').waitFor();
  });

  test('goes back page by page, to the first line', async () => {
    await Promise.all(
      Array.from({ length: 130 }, (_, index) =>
        rig.ask('POST', '/v1/invites', { note: `${HOSTILE}${String(index)}` }),
      ),
    );
    const { page } = await rig.logIn('admin', '/audit');
    await expect.poll(() => lines(page).count()).toBe(100);
    await page.getByRole('button', { name: 'More' }).click();
    await expect.poll(() => lines(page).count()).toBeGreaterThan(130);
    const numbers = (await numbersOf(page)).map(Number);
    expect(numbers).toEqual(Array.from(numbers, (_, index) => numbers.length - index));
    expect(await page.getByRole('button', { name: 'More' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Show the newest' }).click();
    await expect.poll(() => lines(page).count()).toBe(100);
  });

  test('says that the log is whole', async () => {
    const { page } = await rig.logIn('admin', '/audit', { viewport: { width: 360, height: 740 } });
    await page.getByRole('button', { name: 'Check that it is whole' }).click();
    const note = page.getByRole('status').filter({ hasText: 'The audit log is whole' });
    await note.waitFor();
    expect(await note.innerText()).toMatch(/All \d+ lines, from 1 to \d+, are as written/);
    expect(await page.getByRole('alert').count()).toBe(0);
    await picture(page, 'audit-phone');
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  test('says where the log was tampered with, and shows what was put there as text', async () => {
    await rig.stop();
    spoil(join(rig.dataDir, 'gatherd.db'), 3);
    await rig.startAgain();
    const { page } = await rig.logIn('admin', '/audit', { colorScheme: 'dark' });
    await page.getByRole('button', { name: 'Check that it is whole' }).click();
    const alert = page.getByRole('alert');
    await alert.getByText('The audit log was tampered with').waitFor();
    expect(await alert.innerText()).toContain('Line 3 is the first that does not fit');
    await alert.getByRole('button', { name: 'Show line 3' }).click();
    await expect.poll(() => numbersOf(page)).toEqual(['3\ndoes not fit', '2', '1']);
    const line = lines(page).first();
    expect((await line.innerText()).split(HOSTILE)).toHaveLength(6);
    await page.getByRole('button', { name: 'Details of line 3' }).click();
    await page.getByRole('button', { name: `Only lines about ${HOSTILE}` }).waitFor();
    expect(await page.getByRole('main').locator('img').count()).toBe(0);
    await picture(page, 'audit-broken-dark');
    expect(await accessibilityProblems(page)).toEqual([]);
  });
});

/** Chooses a time with the keyboard, first one that is none and one in which nothing was done. */
async function filterByTime(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Any time' }).focus();
  await page.keyboard.press('Enter');
  const [since, until] = [page.getByLabel('Since'), page.getByLabel('Until')];
  await expect.poll(() => isFocused(since)).toBe(true);
  await since.fill('2000-01-01T02:00:00');
  await until.fill('2000-01-01T01:00:00');
  await page.keyboard.press('Enter');
  await page.getByText('It has to be later than the other.').waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await picture(page, 'audit-times');
  await until.fill('2000-01-01T03:00:00');
  await page.keyboard.press('Enter');
  await page.getByText('No such lines').waitFor();
  await page.getByText('New lines are not looked for.').waitFor();
  // In Berlin it is an hour later.
  const hour = 'since=2000-01-01T01%3A00%3A00.000Z&until=2000-01-01T02%3A00%3A00.000Z';
  expect(page.url()).toContain(`?door=http&${hour}`);
  const range = page.getByRole('button', { name: '1 Jan 2000' });
  await expect.poll(() => isFocused(range)).toBe(true);
  await page.keyboard.press('Enter');
  expect(await since.inputValue()).toBe('2000-01-01T02:00');
  await until.fill('2999-01-01T03:00:00');
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await expect.poll(() => lines(page).count()).toBeGreaterThan(4);
  await picture(page, 'audit-filtered');
  await range.click();
  await page.getByRole('button', { name: 'Any time' }).click();
  await expect.poll(() => page.url()).toMatch(/\?door=http$/);
}

function isFocused(place: Locator): Promise<boolean> {
  return place.evaluate((element) => element === document.activeElement);
}

async function refusedLogin(rig: ConsoleRig, username: string): Promise<void> {
  await expect(rig.tokenOf(username, 'not the password')).rejects.toThrow('account.wrong_credentials');
}

/** The lines of the log that are shown, without what is unfolded. */
function lines(page: Page): Locator {
  return page.getByRole('table', { name: 'Audit log' }).locator('tbody tr:has(td[data-title="Line"])');
}

function numbersOf(page: Page): Promise<string[]> {
  return lines(page).locator('td[data-title="Line"]').allInnerTexts();
}

/** Writes into a line what gatherd never would. */
function spoil(path: string, seq: number): void {
  const database = new Database(path);
  try {
    database
      .prepare(
        'UPDATE "AuditEntry" SET action = ?, actor = ?, subject = ?, endpoint = ?, door = ?, details = ? WHERE seq = ?',
      )
      .run(...Array.from({ length: 5 }, () => HOSTILE), JSON.stringify({ [HOSTILE]: [HOSTILE] }), seq);
  } finally {
    database.close();
  }
}
