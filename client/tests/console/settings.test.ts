import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { accessibilityProblems, describeWithConsole, PASSWORD, picture } from '../support/console-rig.js';

const SECRETS = {
  GATHERD_METRICS_TOKEN: 'metrics-token-of-this-test',
  GATHERD_MASTER_KEY: 'ab'.repeat(32),
  GATHERD_PEPPER: 'pepper-of-this-test',
  GATHERD_ADMIN_PASSWORD: PASSWORD,
} as const;

describeWithConsole('the settings', { env: { ...SECRETS, GATHERD_DUMP_FORMAT: 'csv' } }, (rig) => {
  test('are all shown, with where each came from and what it is', async () => {
    const { page } = await rig.logIn('admin', '/settings');
    await settings(page).first().waitFor();
    const { settings: all } = (await rig.ask('GET', '/v1/settings')) as { settings: object[] };
    expect(await settings(page).count()).toBe(all.length);
    expect(await cellsOf(page, 'GATHERD_DUMP_FORMAT')).toEqual([
      ...['GATHERD_DUMP_FORMAT', 'csv', 'environment'],
      'ndjson or csv',
    ]);
    expect((await cellsOf(page, 'GATHERD_HOST')).slice(1, 3)).toEqual(['127.0.0.1', 'default']);
    expect((await cellsOf(page, 'GATHERD_DATA_DIR')).slice(2, 3)).toEqual(['flag']);
    await page.getByText('restart it').waitFor();
    await picture(page, 'settings-light');
  });

  test('are found by words, and by whether somebody has set them', async () => {
    const { page } = await rig.logIn('admin', '/settings', { colorScheme: 'dark' });
    await page.getByLabel('Search').fill('  metrics   TOKEN ');
    await expect.poll(() => settings(page).count()).toBe(1);
    expect((await cellsOf(page, 'GATHERD_METRICS_TOKEN')).slice(1, 3)).toEqual(['(hidden)', 'environment']);
    await page.getByLabel('Search').fill('no such setting');
    await page.getByText('No such settings').waitFor();
    await page.getByLabel('Search').fill('');
    await page.getByLabel('Only what is not a default').check();
    await expect.poll(() => settings(page).count()).toBeLessThan(15);
    expect(await cellsOf(page, 'GATHERD_DUMP_FORMAT')).toContain('csv');
    expect(await page.getByText('GATHERD_HOST', { exact: true }).count()).toBe(0);
    await picture(page, 'settings-dark');
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  test('are copied as text', async () => {
    const { page } = await rig.logIn('admin', '/settings');
    await page.getByLabel('Search').fill('dump_format');
    await page.getByRole('button', { name: 'Copy as text' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await pasted(page)).toBe('GATHERD_DUMP_FORMAT  csv  (environment)');
  });

  test('never show a secret: not in the page, not in what it is made of, not in what is copied', async () => {
    const { page } = await rig.open('/settings', { viewport: { width: 360, height: 740 } });
    const answers: Promise<string>[] = [];
    page.on('response', (response) => {
      if (response.url().includes('/v1/')) answers.push(response.text().catch(() => ''));
    });
    await page.getByLabel('User name or e-mail address').fill('admin');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Log in' }).click();
    await settings(page).first().waitFor();
    await picture(page, 'settings-phone');
    await page.getByRole('button', { name: 'Copy as text' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    const copied = await pasted(page);
    expect(copied).toContain('(hidden)');
    const seen = [await page.content(), copied, ...(await Promise.all(answers))].join('\n');
    expect(seen).toContain('GATHERD_PEPPER');
    for (const secret of Object.values(SECRETS)) expect(seen).not.toContain(secret);
  });
});

function settings(page: Page): Locator {
  return page.getByRole('table', { name: 'Settings' }).locator('tbody tr');
}

/** What a setting's row says, cell by cell. */
function cellsOf(page: Page, name: string): Promise<string[]> {
  return settings(page)
    .filter({ has: page.getByText(name, { exact: true }) })
    .locator('td')
    .allInnerTexts();
}

/** What was copied, without its ends of lines. */
async function pasted(page: Page): Promise<string> {
  const search = page.getByLabel('Search');
  await search.fill('');
  await search.press('Control+V');
  await expect.poll(() => search.inputValue()).not.toBe('');
  return search.inputValue();
}
