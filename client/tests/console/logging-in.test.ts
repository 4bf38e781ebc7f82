import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { accessibilityProblems, describeWithConsole, PASSWORD, picture } from '../support/console-rig.js';

const KINDS = [
  ['light and wide', {}],
  ['dark and narrow', { colorScheme: 'dark' as const, viewport: { width: 360, height: 740 } }],
] as const;
const ANOTHER = 'Schneeglöckchen im Februar';

describeWithConsole('logging in', { env: { GATHERD_WRONG_PASSWORDS: '2' } }, (rig) => {
  const focused = (place: Locator) => place.and(place.page().locator(':focus'));
  const name = (page: Page) => page.getByLabel('User name or e-mail address');
  const password = (page: Page) => page.getByLabel('Password', { exact: true });
  const logInButton = (page: Page) => page.getByRole('button', { name: 'Log in', exact: true });

  test('lets an administrator in, and shows all of the pages', async () => {
    const { page } = await rig.logIn('admin');
    const links = await page.getByRole('navigation', { name: 'Pages' }).getByRole('link').allInnerTexts();
    expect(links).toEqual([
      'Overview',
      'Messages',
      'Chat',
      'Employees',
      'My account',
      'Users',
      'Invites',
      'Audit log',
      'Settings',
    ]);
    await picture(page, 'shell');
  });

  test('goes with the keyboard alone to the page that was asked for', async () => {
    await rig.createUser('keyboard');
    const { page } = await rig.open('/account/sessions');
    await focused(name(page)).waitFor();
    await page.keyboard.type('keyboard');
    await page.keyboard.press('Tab');
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('table', { name: 'Sessions' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/console/account/sessions');
  });

  test('says where it is typed what is missing or wrong, and keeps the name', async () => {
    await rig.createUser('typo');
    const { page } = await rig.open();
    await logInButton(page).click();
    await page.getByText('Type your user name or e-mail address.').waitFor();
    await name(page).fill('typo');
    await password(page).fill('Tannenzapfen im November');
    await logInButton(page).click();
    await page.getByRole('alert').getByText('The user name or the password is wrong.').waitFor();
    await picture(page, 'login-wrong');
    expect(await name(page).inputValue()).toBe('typo');
    expect(await accessibilityProblems(page)).toEqual([]);
    await password(page).fill(PASSWORD);
    await password(page).press('Enter');
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
  });

  test('says how long to wait after too many wrong passwords', async () => {
    await rig.createUser('locked');
    const { page } = await rig.open();
    await name(page).fill('locked');
    await password(page).fill('wrong');
    await expect
      .poll(async () => {
        await logInButton(page).click();
        return await page.getByRole('alert').innerText();
      })
      .toMatch(/^Too many wrong passwords\. Try again in \d+ s\.$/);
  });

  test('says that an account is not active', async () => {
    await rig.createUser('asleep');
    await rig.ask('PATCH', '/v1/users/asleep', { status: 'suspended' });
    const { page } = await rig.open();
    await name(page).fill('asleep');
    await password(page).fill(PASSWORD);
    await logInButton(page).click();
    await page.getByRole('alert').getByText('This account is not active.').waitFor();
  });

  test('says so where the browser keeps no cookie', async () => {
    await rig.createUser('crumbless');
    const { page, context } = await rig.open();
    await page.route('**/v1/sessions/cookie', async (route) => {
      const response = await route.fetch();
      await context.clearCookies();
      const { 'set-cookie': __, ...headers } = response.headers();
      await route.fulfill({ response, headers });
    });
    await name(page).fill('crumbless');
    await password(page).fill(PASSWORD);
    await logInButton(page).click();
    await page.getByRole('alert').getByText('your browser did not keep the cookie').waitFor();
    await page.unroute('**/v1/sessions/cookie');
    await logInButton(page).click();
    await page.getByText('crumbless (user)').waitFor();
  });

  test('shows the password on demand, and says that Caps Lock is on', async () => {
    const { page } = await rig.open();
    await password(page).fill('seen');
    await page.getByRole('button', { name: 'Show what is typed' }).click();
    expect(await password(page).getAttribute('type')).toBe('text');
    await password(page).dispatchEvent('keydown', { key: 'A', modifierCapsLock: true });
    await page.getByText('Caps Lock is on.').waitFor();
  });

  test('leaves nothing that a script could steal', async () => {
    await rig.createUser('secret');
    const { page, context } = await rig.logIn('secret');
    const cookies = await context.cookies();
    expect(cookies).toHaveLength(1);
    expect(cookies[0]).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
    const seen = await page.evaluate<string>(
      'JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }])',
    );
    expect(seen).not.toContain(cookies[0]?.value.slice(0, 12));
    expect(seen).not.toMatch(/gd[st]_/);
  });

  test('has a one-time password changed first, with the keyboard alone', async () => {
    const made = await rig.ask('POST', '/v1/users', { username: 'newcomer' });
    const oneTime = (made as { one_time: { one_time_password: string } }).one_time.one_time_password;
    const { page } = await rig.open('/account');
    await name(page).fill('newcomer');
    await password(page).fill(oneTime);
    await password(page).press('Enter');
    await page.getByRole('heading', { name: 'Choose a password' }).waitFor();
    await picture(page, 'new-password');
    expect(await accessibilityProblems(page)).toEqual([]);
    // The eye beside each password is a stop of its own.
    for (const typed of [oneTime, 'qwerty', 'qwerty']) {
      await page.keyboard.type(typed);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    await page.getByText('The password is among the most common ones: choose another.').waitFor();
    await page.getByLabel('New password', { exact: true }).fill(ANOTHER);
    await page.getByLabel('New password, again').fill('something else');
    await page.keyboard.press('Enter');
    await page.getByText('This is another password. Type the same one twice.').waitFor();
    await page.getByLabel('New password, again').fill(ANOTHER);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'My account' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/console/account');
    await expect(rig.tokenOf('newcomer', ANOTHER)).resolves.toMatch(/^gds_/);
  });

  test('shows nothing any more after logging out, by no way back', async () => {
    await rig.createUser('private', { notes: 'for nobody' });
    const { page, context } = await rig.logIn('private', '/account');
    await page.getByRole('tab', { name: 'Sessions' }).click();
    await page.getByRole('table', { name: 'Sessions' }).waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByText('You are logged out.').waitFor();
    await page.goBack();
    await logInButton(page).waitFor();
    await page.reload();
    await logInButton(page).waitFor();
    expect(await page.locator('body').innerText()).not.toContain('private');
    expect(await context.cookies()).toEqual([]);
  });

  test.each(KINDS)('can be read by everybody: %s', async (kind, options) => {
    const { page } = await rig.open('/', options);
    await page.getByRole('link', { name: 'Make one' }).waitFor();
    await picture(page, `login-${kind}`);
    expect(await accessibilityProblems(page)).toEqual([]);
  });
});
