import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import {
  accessibilityProblems,
  describeWithConsole,
  logIn,
  PASSWORD,
  picture,
} from '../support/console-rig.js';

const ANOTHER = 'Schneeglöckchen im Februar';

describeWithConsole('a session that has ended', {}, (rig) => {
  const focused = (place: Locator) => place.and(place.page().locator(':focus'));
  const focusOn = async (button: Locator): Promise<void> => {
    // What is off takes none.
    await expect.poll(() => button.isEnabled()).toBe(true);
    await button.focus();
  };
  const name = (page: Page) => page.getByLabel('User name or e-mail address');
  const password = (page: Page) => page.getByLabel('Password', { exact: true });
  /** Has the page look whether its session is still good; it may know already, by the feed. */
  const doubt = (page: Page) => page.evaluate(`window.dispatchEvent(new Event('focus'))`);

  test('asks again over the page after the session was ended elsewhere, and keeps what was typed', async () => {
    await rig.createUser('typist');
    const { page } = await rig.logIn('typist', '/account');
    await page.getByLabel('Full name').fill('Dale <b>Arden</b>');
    await focusOn(page.getByRole('button', { name: 'Save profile' }));
    await rig.ask('DELETE', '/v1/users/typist/sessions');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Log in again' });
    await dialog.waitFor();
    await focused(password(page)).waitFor();
    await picture(page, 'log-in-again');
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press('Escape');
    expect(await name(page).inputValue()).toBe('typist');
    expect(await name(page).isEditable()).toBe(false);
    await page.keyboard.type('wrong');
    await page.keyboard.press('Enter');
    await dialog.getByRole('alert').waitFor();
    await password(page).fill(PASSWORD);
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    expect(await page.getByLabel('Full name').inputValue()).toBe('Dale <b>Arden</b>');
    const save = page.getByRole('button', { name: 'Save profile' });
    await focused(save).waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('Saved.').waitFor();
  });

  test('keeps the page also where the password was reset, and has the new one chosen over it', async () => {
    await rig.createUser('forgetful');
    const { page } = await rig.logIn('forgetful', '/account');
    await page.getByLabel('City').fill('Ulm');
    const reset = await rig.ask('POST', '/v1/users/forgetful/password');
    const oneTime = (reset as { one_time_password: string }).one_time_password;
    await doubt(page);
    await password(page).fill(oneTime);
    await password(page).press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Choose a password' });
    await dialog.getByLabel('Password you were given').fill(oneTime);
    await dialog.getByLabel('New password', { exact: true }).fill(ANOTHER);
    await dialog.getByLabel('New password, again').fill(ANOTHER);
    await dialog.getByRole('button', { name: 'Go on' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await page.getByLabel('City').inputValue()).toBe('Ulm');
  });

  test('lets somebody else in where the one before would have to choose a password, and not that one again', async () => {
    await rig.createUser('former');
    await rig.createUser('next');
    const { page, context } = await rig.logIn('former', '/account');
    const reset = await rig.ask('POST', '/v1/users/former/password');
    await doubt(page);
    await password(page).fill((reset as { one_time_password: string }).one_time_password);
    await password(page).press('Enter');
    await page.getByRole('dialog', { name: 'Choose a password' }).waitFor();
    await page.getByRole('button', { name: 'Log in as somebody else' }).click();
    await page.getByText('You are logged out.').waitFor();
    expect(await context.cookies()).toEqual([]);
    await doubt(page);
    await logIn(page, 'next');
    await page.getByText('next (user)').waitFor();
  });

  test('keeps what was typed where its user has another name since, here and in other tabs', async () => {
    await rig.createUser('caterpillar');
    const { page: one, context } = await rig.logIn('caterpillar', '/account');
    const other = await context.newPage();
    await other.goto(one.url());
    await other.getByLabel('City').fill('Graz');
    await one.getByLabel('City').fill('Ulm');
    await one.getByLabel('User name').fill('chrysalis');
    await one.getByRole('button', { name: 'Save name and e-mail' }).click();
    await one.getByText('chrysalis (user)').waitFor();
    await rig.ask('PATCH', '/v1/users/chrysalis', { username: 'butterfly' });
    for (const [page, city] of [
      [one, 'Ulm'],
      [other, 'Graz'],
    ] as const) {
      await doubt(page);
      await page.getByText('butterfly (user)').waitFor();
      expect(await page.getByLabel('City').inputValue()).toBe(city);
    }
  });

  test('finds out by itself that the session has ended, and lets somebody else in without what was on the page', async () => {
    await rig.createUser('first', { full_name: 'The First' });
    await rig.createUser('second');
    const { page } = await rig.logIn('first', '/account');
    await rig.ask('DELETE', '/v1/users/first/sessions');
    await doubt(page);
    await page.getByRole('dialog', { name: 'Log in again' }).waitFor();
    await page.getByRole('button', { name: 'Log in as somebody else' }).click();
    await logIn(page, 'second');
    await page.getByText('second (user)').waitFor();
    await page.getByRole('tab', { name: 'Profile' }).click();
    expect(await page.getByLabel('Full name').inputValue()).toBe('');
  });

  test('tells all tabs who logs out, in again, or in as another', async () => {
    await rig.createUser('mine', { full_name: 'Mine alone' });
    await rig.createUser('other');
    const { page: one, context } = await rig.logIn('mine', '/account');
    const other = await context.newPage();
    await other.goto(one.url());
    await other.getByLabel('City').fill('Graz');
    await one.getByRole('button', { name: 'Log out' }).click();
    await one.getByText('You are logged out.').waitFor();
    await other.getByRole('dialog', { name: 'Log in again' }).waitFor();
    await logIn(one, 'mine');
    await other.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await other.getByLabel('City').inputValue()).toBe('Graz');
    await one.getByRole('button', { name: 'Log out' }).click();
    await logIn(one, 'other');
    await other.getByText('other (user)').waitFor();
    await expect.poll(() => other.getByLabel('City').inputValue()).toBe('');
    expect(await other.getByLabel('Full name').inputValue()).toBe('');
  });

  test('stands above a dialog, which stays, whatever is pressed', async () => {
    await rig.createUser('asked');
    const { page } = await rig.logIn('asked', '/account/delete');
    await page.getByRole('button', { name: 'Delete my account' }).click();
    const below = page.getByLabel('Your user name');
    await below.fill('asked');
    await page.getByLabel('Your password').fill('wrong');
    await focusOn(page.getByRole('button', { name: 'Delete asked' }));
    await rig.ask('DELETE', '/v1/users/asked/sessions');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Log in again' });
    await focused(password(page)).waitFor();
    await page.keyboard.press('Escape');
    await password(page).fill(PASSWORD);
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    expect(await below.inputValue()).toBe('asked');
    await page.getByRole('button', { name: 'Delete asked' }).click();
    await page.getByText('This is not your current password.').waitFor();
  });
});
