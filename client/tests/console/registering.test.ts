import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { accessibilityProblems, describeWithConsole, PASSWORD, picture } from '../support/console-rig.js';

const KINDS = [
  ['light and wide', {}],
  ['dark and narrow', { colorScheme: 'dark' as const, viewport: { width: 360, height: 740 } }],
] as const;

const ENV = { GATHERD_ENROLLMENT: 'invite', GATHERD_PASSWORD_MIN_LENGTH: '10' };

describeWithConsole('registering', { env: ENV }, (rig) => {
  const make = (page: Page) => page.getByRole('button', { name: 'Make the account' });
  const inviteCode = async () => ((await rig.ask('POST', '/v1/invites', {})) as { code: string }).code;

  async function fill(page: Page, username: string, password = PASSWORD): Promise<void> {
    await page.getByLabel('User name').fill(username);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByLabel('Password, again').fill(password);
  }

  test('takes the code out of the link that was given, and lets the new user in at once', async () => {
    const code = await inviteCode();
    const { page } = await rig.open(`/register#invite=${encodeURIComponent(code)}`);
    await expect.poll(() => page.getByLabel('Invite code').inputValue()).toBe(code);
    await expect.poll(() => new URL(page.url()).hash).toBe('');
    await fill(page, 'dale');
    await page.getByLabel('E-mail address').fill('dale@example.org');
    await page.getByRole('button', { name: 'More about you' }).click();
    await page.getByLabel('Full name').fill('Dale Arden');
    await page.getByLabel('Metadata').fill('{ "locker": 6 }');
    await picture(page, 'register-filled');
    await make(page).click();
    await page.getByText('dale (user)').waitFor();
    await expect.poll(() => new URL(page.url()).pathname).toBe('/console/messages');
    const account = await rig.ask('GET', '/v1/account', undefined, await rig.tokenOf('dale'));
    expect(account).toMatchObject({
      email: 'dale@example.org',
      full_name: 'Dale Arden',
      metadata: { locker: 6 },
    });
  });

  test('says at each field what is wrong with it, and keeps what was typed', async () => {
    await rig.createUser('taken');
    const { page } = await rig.open('/register');
    await fill(page, 'no name!', 'short');
    await page.getByLabel('E-mail address').fill('nobody');
    await page.getByRole('button', { name: 'More about you' }).click();
    await page.getByLabel('Metadata').fill('{ locker');
    await make(page).click();
    await page.getByText('An administrator of this server has to give you one.').waitFor();
    await page.getByText('Must be 1 to 32 letters, digits or marks of any script').waitFor();
    await page.getByText('Must be an e-mail address of at most 254 characters.').waitFor();
    await page.getByText('It needs at least 10 characters.').waitFor();
    await page.getByText('Must be a JSON object').waitFor();
    await picture(page, 'register-wrong');
    expect(await accessibilityProblems(page)).toEqual([]);
    await fill(page, 'taken');
    await page.getByLabel('E-mail address').fill('');
    await page.getByLabel('Metadata').fill('');
    await page.getByLabel('Invite code').fill('no-such-code');
    await make(page).click();
    await page.getByText('The invite is unknown, used or expired.').waitFor();
    await page.getByLabel('Invite code').fill(await inviteCode());
    await make(page).click();
    await page.getByText('Username already exists.').waitFor();
    expect(await page.getByLabel('Password', { exact: true }).inputValue()).toBe(PASSWORD);
    await page.getByLabel('User name').fill('free');
    await make(page).click();
    await page.getByText('free (user)').waitFor();
  });

  test('shows what somebody calls themselves as the text that it is', async () => {
    const evil = '<img src=x onerror=alert(1)>';
    const { page } = await rig.open(`/register#invite=${await inviteCode()}`);
    await fill(page, 'evil');
    await page.getByRole('button', { name: 'More about you' }).click();
    for (const label of ['Full name', 'Phone', 'Address', 'City', 'Notes'])
      await page.getByLabel(label, { exact: true }).fill(evil);
    await make(page).click();
    await page.getByText('evil (user)').waitFor();
    await page.getByRole('link', { name: 'My account' }).click();
    await expect.poll(() => page.getByLabel('Full name').inputValue()).toBe(evil);
    expect(await page.locator('img[src="x"]').count()).toBe(0);
  });

  test.each(KINDS)('can be read by everybody: %s', async (kind, options) => {
    const { page } = await rig.open('/register', options);
    await page.getByRole('button', { name: 'More about you' }).click();
    await page.getByLabel('Metadata').waitFor();
    await picture(page, `register-${kind}`);
    expect(await accessibilityProblems(page)).toEqual([]);
    const overlap = 'document.documentElement.scrollWidth - window.innerWidth';
    expect(await page.evaluate<number>(overlap)).toBeLessThanOrEqual(0);
  });

  test('asks for no code where anybody may register, and for nothing where nobody may', async () => {
    await rig.stop();
    await rig.startAgain({ GATHERD_ENROLLMENT: 'open' });
    const { page } = await rig.open();
    await page.getByRole('link', { name: 'Make one' }).click();
    await make(page).waitFor();
    expect(await page.getByLabel('Invite code').count()).toBe(0);
    await rig.stop();
    await rig.startAgain({ GATHERD_ENROLLMENT: 'closed' });
    await page.reload();
    await page.getByText('Ask an administrator of this server for one.').waitFor();
    await page.getByRole('link', { name: 'Log in' }).click();
    await page.getByRole('button', { name: 'Log in', exact: true }).waitFor();
    await expect.poll(() => page.getByRole('link', { name: 'Make one' }).count()).toBe(0);
  });
});
