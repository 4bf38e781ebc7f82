import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import type { StoredMessagesPage } from '../../../protocol/stored-messages.js';
import { accessibilityProblems, describeWithConsole, logIn, picture } from '../support/console-rig.js';
import { grid, live, rowOf, store } from '../support/messages-page.js';

const COUNT = 900;

describeWithConsole('the ways through the page of messages', {}, (rig) => {
  let first = 0;
  beforeAll(async () => {
    await rig.createUser('bob', { role: 'moderator' });
    await store(
      rig,
      Array.from({ length: COUNT }, (_value, index) => `line ${String(index)}.`),
      'many',
    );
    const bob = await rig.tokenOf('bob');
    await rig.ask('POST', '/v1/messages', [{ message: 'of bob', topic: 'many' }], bob);
    const oldest = await rig.ask('GET', '/v1/messages?topic=many&order=oldest&limit=1');
    first = (oldest as StoredMessagesPage).messages[0]?.seq ?? 0;
  });

  test('the address names the message that is open, and the way back closes it', async () => {
    const { page } = await rig.logIn('admin', '/messages');
    await rowOf(page, `line ${String(COUNT - 1)}.`).click();
    const detail = page.getByRole('dialog');
    await detail.getByRole('heading', { name: `Message ${String(first + COUNT - 1)}` }).waitFor();
    expect(page.url()).toContain(`record=${String(first + COUNT - 1)}`);
    await detail.getByRole('button', { name: 'Previous' }).click();
    await detail.getByText(`line ${String(COUNT - 2)}.`).waitFor();
    await page.goBack();
    await detail.waitFor({ state: 'hidden' });
    expect(page.url()).toMatch(/\/messages$/);
    // The row of what was looked at last is chosen.
    await rowOf(page, `line ${String(COUNT - 2)}.`)
      .and(chosen(page))
      .waitFor();
  });

  test('an address with a message opens it, and closing it leads to the list around it', async () => {
    const { page } = await rig.logIn('admin', `/messages?record=${String(first + 3)}`);
    const detail = page.getByRole('dialog');
    await detail.getByText('line 3.').waitFor();
    await detail.getByRole('button', { name: 'Next' }).click();
    await detail.getByText('line 4.').waitFor();
    for (const name of ['Previous', 'Previous', 'Previous', 'Previous'])
      await detail.getByRole('button', { name }).click();
    await detail.getByText('line 0.').waitFor();
    await expect
      .poll(() => detail.getByRole('button', { name: 'Previous' }).getAttribute('aria-disabled'))
      .toBe('true');
    await page.keyboard.press('Escape');
    await detail.waitFor({ state: 'hidden' });
    await rowOf(page, 'line 0.').and(chosen(page)).waitFor();
    await expect.poll(() => focusedRole(page)).toBe('grid');
    expect(page.url()).not.toContain('record=');
  });

  test('says of a number that no message has that there is none', async () => {
    const { page } = await rig.logIn('admin', '/messages?record=987654321');
    await page.getByRole('dialog').getByText('There is no such message').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
  });

  test('leads from a message to those of its user and its topic', async () => {
    const { page } = await rig.logIn('admin', '/messages');
    await rowOf(page, 'of bob').click();
    await page.getByRole('button', { name: 'Only this user' }).click();
    await page.waitForURL(/user=bob/);
    await rowOf(page, 'of bob').and(chosen(page)).waitFor();
    expect(await page.getByLabel('User', { exact: true }).inputValue()).toBe('bob');
    await expect.poll(() => focusedRole(page)).toBe('grid');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Only this topic' }).click();
    await page.waitForURL(/user=bob&topic=many/);
    await page.goBack();
    const detail = page.getByRole('dialog');
    await detail.getByText('of bob').waitFor();
    expect(await detail.getByRole('button', { name: 'Only this user' }).count()).toBe(0);
  });

  test('Home leads to the first message there is, and End to the newest', async () => {
    const { page } = await rig.logIn('admin', '/messages');
    await live(page);
    await rowOf(page, 'of bob').waitFor();
    await grid(page).focus();
    await page.keyboard.press('Home');
    await rowOf(page, 'line 0.').and(chosen(page)).waitFor();
    await page.getByText('Not following', { exact: true }).waitFor();
    await page.keyboard.press('ArrowDown');
    await rowOf(page, 'line 1.').and(chosen(page)).waitFor();
    await page.keyboard.press('End');
    await rowOf(page, 'of bob').and(chosen(page)).waitFor();
    await live(page);
    await store(rig, ['after the end']);
    await rowOf(page, 'after the end').waitFor();
  });

  test('whoever jumps goes on by keyboard from there', async () => {
    const { page } = await rig.logIn('admin', '/messages');
    await live(page);
    await page.getByRole('button', { name: 'Jump to', exact: true }).click();
    await page.getByLabel('Number', { exact: true }).fill(String(first + 5));
    await page.getByLabel('Number', { exact: true }).press('Enter');
    await rowOf(page, 'line 5.').and(chosen(page)).waitFor();
    await expect.poll(() => focusedRole(page)).toBe('grid');
    await page.keyboard.press('ArrowDown');
    await rowOf(page, 'line 6.').and(chosen(page)).waitFor();
    await page.getByRole('button', { name: 'Jump to', exact: true }).click();
    await page.getByLabel('Time', { exact: true }).and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => focusedText(page)).toBe('Jump to');
  });

  test('what was typed outlasts a look at another page, and no logout', async () => {
    const { page } = await rig.logIn('admin', '/messages');
    await page.getByLabel('Message to send').fill('not sent yet');
    await page.getByLabel('Its topic').fill('drafts');
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
    await page.getByRole('link', { name: 'Messages' }).click();
    expect(await page.getByLabel('Message to send').inputValue()).toBe('not sent yet');
    expect(await page.getByLabel('Its topic').inputValue()).toBe('drafts');
    await page.getByRole('button', { name: 'Log out' }).click();
    await logIn(page, 'bob');
    await page.getByRole('link', { name: 'Messages' }).click();
    expect(await page.getByLabel('Message to send').inputValue()).toBe('');
    expect(await page.getByLabel('Its topic').inputValue()).toBe('');
  });

  test('says where there is nothing to download', async () => {
    const { page } = await rig.logIn('admin', '/messages?topic=none');
    await page.getByText('No message fits the filters').waitFor();
    await page.getByRole('button', { name: 'Download' }).click();
    await page.getByRole('menuitem', { name: 'CSV' }).click();
    await page.getByText('There is nothing to download').waitFor();
  });

  test.each([
    ['light', { colorScheme: 'light', viewport: { width: 1280, height: 800 } }],
    ['dark phone', { colorScheme: 'dark', viewport: { width: 360, height: 740 } }],
  ] as const)('can be used by everybody: %s', async (name, options) => {
    const { page } = await rig.logIn('admin', `/messages?at=${String(first + 40)}`, options);
    await rowOf(page, 'line 40.').waitFor();
    await picture(page, `list-${name}`);
    await page.getByRole('button', { name: 'Jump to', exact: true }).click();
    await page.getByLabel('Time', { exact: true }).fill('2026-11-21T10:00:00');
    await settled(page);
    await picture(page, `jump-${name}`);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Download' }).click();
    await page.getByRole('menuitem', { name: 'NDJSON' }).waitFor();
    await settled(page);
    await picture(page, `menu-${name}`);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await rowOf(page, 'line 40.').click();
    await page.getByRole('dialog').getByText('line 40.').waitFor();
    await settled(page);
    await picture(page, `detail-${name}`);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
  });
});

function chosen(page: Page) {
  return page.locator('[aria-selected=true]');
}

function focusedRole(page: Page): Promise<unknown> {
  return page.evaluate("document.activeElement?.getAttribute('role')");
}

function focusedText(page: Page): Promise<unknown> {
  return page.evaluate('document.activeElement?.textContent');
}

async function settled(page: Page): Promise<void> {
  await expect.poll(() => page.evaluate('document.getAnimations().length')).toBe(0);
}
