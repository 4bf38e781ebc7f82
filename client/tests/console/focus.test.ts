import type { Locator, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { COOPER } from '../support/console-employees.js';
import { describeWithConsole } from '../support/console-rig.js';

const PHONE = { viewport: { width: 360, height: 740 } };

/** Waits until this has the focus. */
async function hasFocus(place: Locator): Promise<void> {
  await expect.poll(() => place.evaluate((element) => element === document.activeElement)).toBe(true);
}

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name, exact: true });

async function press(place: Locator): Promise<void> {
  // What is off takes neither.
  await expect.poll(() => place.isEnabled()).toBe(true);
  await place.focus();
  await place.press('Enter');
}

describeWithConsole('the keyboard', {}, (rig) => {
  beforeAll(async () => {
    await Promise.all([rig.createUser('walker'), rig.ask('POST', '/v1/employees', COOPER)]);
  });

  test('keeps its place among users: from page to page, and where a button is there no more', async () => {
    const { page } = await rig.logIn('admin', '/users');
    await press(page.getByRole('link', { name: 'walker' }));
    await hasFocus(heading(page, 'walker'));
    await press(page.getByRole('tab', { name: 'Access' }));
    await press(page.getByRole('button', { name: /^Suspend/ }));
    await press(page.getByRole('button', { name: 'Suspend walker' }));
    await page.getByRole('button', { name: 'Activate' }).waitFor();
    await hasFocus(page.getByRole('heading', { name: 'Status' }));
    await press(page.getByRole('link', { name: 'All users' }));
    await hasFocus(heading(page, 'Users'));
    await press(page.getByRole('link', { name: /user$/ }));
    await page.getByLabel('User name').waitFor();
    await hasFocus(page.getByRole('heading', { level: 1 }));
  });

  test('keeps its place among employees: shown, changed, imported', async () => {
    const { page } = await rig.logIn('admin', '/employees');
    await press(page.getByRole('link', { name: 'Dale Cooper' }));
    await hasFocus(heading(page, 'Employee 7'));
    await press(page.getByRole('button', { name: /^Show everything/ }));
    await hasFocus(page.getByRole('button', { name: 'Hide' }));
    await press(page.getByRole('link', { name: 'Edit' }));
    await page.getByLabel('First name').fill('Dougie');
    await page.getByLabel('First name').press('Enter');
    await hasFocus(heading(page, 'Employee 7'));
    await page.goto(`${rig.gatherd.url}/console/employees/import`);
    const lines = [
      'id,first_name,last_name,ssn,date_of_birth,salary',
      '8,Laura,Palmer,123456789,07-22-1972,1',
    ];
    await page.getByLabel('Or paste it').fill(lines.join('\n'));
    await press(page.getByRole('button', { name: 'Preview' }));
    await hasFocus(page.getByText('1 employee found'));
    await press(page.getByRole('button', { name: 'Import 1 employee' }));
    await hasFocus(page.getByRole('status').filter({ hasText: 'Imported' }));
  });

  test('stays on a button that waits for its answer', async () => {
    const { page } = await rig.logIn('admin', '/invites');
    const make = page.getByRole('button', { name: /an invite$/ });
    await press(make);
    await page.getByText('The code of the invite').first().waitFor();
    await hasFocus(make);
    await page.goto(`${rig.gatherd.url}/console/audit`);
    const check = page.getByRole('button', { name: 'Check that it is whole' });
    await press(check);
    await page.getByText('The audit log is whole').waitFor();
    await hasFocus(check);
  });

  test('goes to the part of the page whose button is off, once all other sessions have ended', async () => {
    await rig.createUser('everywhere');
    await rig.tokenOf('everywhere');
    const { page } = await rig.logIn('everywhere', '/account/sessions');
    await press(page.getByRole('button', { name: 'End all others' }));
    await press(page.getByRole('dialog').getByRole('button', { name: 'End all others' }));
    await hasFocus(page.getByRole('heading', { level: 2, name: 'Sessions' }));
  });

  test('stays at the download of messages, however long it takes', async () => {
    await rig.ask('POST', '/v1/messages', [{ message: 'to be downloaded' }]);
    const { page } = await rig.logIn('admin', '/messages');
    await page.getByText('to be downloaded').waitFor();
    const download = page.getByRole('button', { name: 'Download' });
    await press(download);
    await page.route(/\/v1\/messages\?.*order=oldest/, async (route) => {
      await page.getByText('Downloading').waitFor();
      // Longer than what knows a better place is waited for.
      await page.evaluate('new Promise((resolve) => setTimeout(resolve, 100))');
      await route.continue();
    });
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      press(page.getByRole('menuitem', { name: /NDJSON/ })),
    ]);
    expect(file.suggestedFilename()).toMatch(/ndjson$/);
    await hasFocus(download);
  });

  test('asks before a form is left that is not saved, and stays where one says so', async () => {
    await rig.createUser('typist');
    const { page } = await rig.logIn('typist', '/messages');
    await press(page.getByRole('link', { name: 'My account' }));
    await page.getByLabel('City').fill('Ulm');
    const sessions = page.getByRole('tab', { name: 'Sessions' });
    await press(sessions);
    const dialog = page.getByRole('dialog', { name: 'Leave without saving?' });
    await dialog.getByRole('button', { name: 'Cancel' }).press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await hasFocus(sessions);
    await page.evaluate('history.back()');
    await dialog.getByRole('button', { name: 'Cancel' }).press('Enter');
    await dialog.waitFor({ state: 'detached' });
    expect(await page.getByLabel('City').inputValue()).toBe('Ulm');
    expect(await page.evaluate(() => !dispatchEvent(new Event('beforeunload', { cancelable: true })))).toBe(
      true,
    );
    await page.evaluate('history.back()');
    await dialog.getByRole('button', { name: 'Leave' }).press('Enter');
    await heading(page, 'Messages').waitFor();
    await page.goForward();
    await page.getByLabel('City').fill('Ulm');
    await press(sessions);
    await dialog.getByRole('button', { name: 'Leave' }).press('Enter');
    await page.getByRole('table', { name: 'Sessions' }).waitFor();
    await press(page.getByRole('tab', { name: 'Profile' }));
    expect(await page.getByLabel('City').inputValue()).toBe('');
    expect(await page.evaluate(() => dispatchEvent(new Event('beforeunload', { cancelable: true })))).toBe(
      true,
    );
  });

  test('opens and closes the navigation of a phone', async () => {
    const { page } = await rig.logIn('admin', '/users', PHONE);
    await press(page.getByRole('button', { name: 'Open the navigation' }));
    const overview = page.getByRole('link', { name: 'Overview' });
    await overview.focus();
    await page.keyboard.press('Escape');
    await hasFocus(page.getByRole('button', { name: 'Open the navigation' }));
    await overview.waitFor({ state: 'hidden' });
    await press(page.getByRole('button', { name: 'Open the navigation' }));
    await press(page.getByRole('link', { name: 'Invites' }));
    await hasFocus(heading(page, 'Invites'));
  });
});
