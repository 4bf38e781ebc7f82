import { expect, test } from 'vitest';
import { describeWithConsole, logIn, PASSWORD } from '../support/console-rig.js';

describeWithConsole('users, in the console,', {}, (rig) => {
  test('are created by keyboard alone, with a one-time password that is shown once and has to be changed', async () => {
    const { page } = await rig.logIn('admin', '/users');
    await page.getByRole('link', { name: 'Create a user' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Create a user' }).waitFor();
    await page.getByRole('link', { name: 'All users' }).focus();
    await page.keyboard.press('Tab');
    await page.keyboard.type('dale');
    await page.keyboard.press('Enter');
    const secret = page.getByRole('status').filter({ hasText: 'The one-time password of dale' });
    const password = await secret.locator('pre').innerText();
    await page.locator('[tabindex="-1"]:focus').filter({ has: secret }).waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate<string>('document.activeElement.textContent')).toMatch(/^Copy/);
    await page.getByRole('link', { name: 'Open dale' }).click();
    await page.getByText('one-time, has to be changed').waitFor();
    expect(await page.content()).not.toContain(password);
    const other = await rig.open();
    await other.page.getByLabel('User name or e-mail address').fill('dale');
    await other.page.getByLabel('Password', { exact: true }).fill(password);
    await other.page.getByRole('button', { name: 'Log in' }).click();
    await other.page.getByRole('heading', { name: /password/ }).waitFor();
    expect(await other.page.getByRole('navigation', { name: 'Pages' }).count()).toBe(0);
  });

  test('are created with a password and permissions of their own; a refusal is shown at its field, and nothing is lost', async () => {
    await rig.createUser('taken');
    const { page } = await rig.logIn('admin', '/users/~new');
    await page.getByLabel('User name').fill('no spaces');
    await page.getByLabel('E-mail').fill('nobody');
    await page.getByLabel('Use the password that I type').check();
    await page.getByLabel('Role', { exact: true }).selectOption('moderator');
    await page.getByText('follow everybody’s messages live').waitFor();
    await page.getByLabel('Its own, whatever the role').check();
    await page.getByLabel('chat read and write the chat').uncheck();
    await page.getByLabel('Full name').fill('Laura Palmer');
    await page.getByLabel('Metadata').fill('{"locker":');
    const create = page.getByRole('button', { name: 'Create the user' });
    await create.click();
    await page.getByText('Must be 1 to 32 letters, digits or marks of any script, or . _ - @ +.').waitFor();
    await page.getByText('Must be an e-mail address of at most 254 characters.').waitFor();
    await page.getByText('Must be 1 to 128 characters.').waitFor();
    await page.getByText('Must be a JSON object of at most 16384 bytes.').waitFor();
    await expect
      .poll(() => page.evaluate<string>(`document.activeElement.getAttribute('aria-invalid')`))
      .toBe('true');
    await page.getByLabel('User name').fill('Taken');
    await page.getByLabel('E-mail').fill('laura@example.org');
    await page.getByLabel(/^Password/).fill('123456');
    await page.getByLabel('Metadata').fill('{"locker":6}');
    await create.click();
    await page.getByText('The password is among the most common ones: choose another.').first().waitFor();
    await page.getByLabel(/^Password/).fill(PASSWORD);
    await create.click();
    await page.getByText('Username already exists.').first().waitFor();
    await page.getByLabel('User name').fill('laura');
    await create.click();
    await page.getByText('The user laura is created.').waitFor();
    expect(await rig.ask('GET', '/v1/users/laura')).toMatchObject({
      email: 'laura@example.org',
      full_name: 'Laura Palmer',
      metadata: { locker: 6 },
      role: 'moderator',
      permissions: ['messages:write', 'messages:read', 'feed:read'],
      has_own_permissions: true,
      must_change_password: false,
    });
    const laura = await rig.open();
    await logIn(laura.page, 'laura');
  });
});
