import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { accessibilityProblems, describeWithConsole, PASSWORD, picture } from '../support/console-rig.js';

const ANOTHER = 'Schneeglöckchen im Februar';
describeWithConsole('my account', {}, (rig) => {
  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
  const accountOf = (name: string) => rig.ask('GET', `/v1/users/${name}`);
  // What a token may do shows whether it is good.
  const isGood = (token: string) =>
    rig.ask('GET', '/v1/permissions', undefined, token).then(
      () => true,
      () => false,
    );

  test('shows the profile and changes what was changed, for somebody without any permission', async () => {
    await rig.createUser('plain', { permissions: [], city: 'Ulm', notes: '<script>alert(1)</script>' });
    const { page } = await rig.logIn('plain');
    await page.getByRole('heading', { name: 'My account' }).waitFor();
    expect(await page.getByLabel('City').inputValue()).toBe('Ulm');
    expect(await page.getByLabel('Notes').inputValue()).toBe('<script>alert(1)</script>');
    expect(await button(page, 'Save profile').isDisabled()).toBe(true);
    await page.getByLabel('Full name').fill('Plain ‮ Jane <i>');
    await page.getByLabel('Metadata').fill('[1]');
    await button(page, 'Save profile').click();
    await page.getByText('Must be a JSON object of at most 16384 bytes.').waitFor();
    await page.getByLabel('Metadata').fill('{"locker": 6}');
    // What somebody else changes meanwhile stays, since only what was changed is sent.
    await rig.ask('PATCH', '/v1/users/plain', { city: 'Graz' });
    await button(page, 'Save profile').click();
    await page.getByText('Saved.').waitFor();
    expect(await accountOf('plain')).toMatchObject({
      full_name: 'Plain ‮ Jane <i>',
      city: 'Graz',
      metadata: { locker: 6 },
    });
    expect(await page.getByLabel('City').inputValue()).toBe('Graz');
  });

  test('changes user name and e-mail address, and says who has them already', async () => {
    await rig.createUser('early', { email: 'early@example.org' });
    await rig.createUser('late');
    const { page } = await rig.logIn('late', '/account');
    const save = button(page, 'Save name and e-mail');
    await page.getByLabel('Full name').fill('kept');
    await page.getByLabel('User name').fill('EARLY');
    await save.click();
    await page.getByText('Username already exists.').waitFor();
    await page.getByLabel('User name').fill('later');
    await page.getByLabel('E-mail address').fill('early@example.org');
    await save.click();
    await page.getByText('Email already registered.').waitFor();
    await page.getByLabel('E-mail address').fill('later@example.org');
    await save.click();
    await page.getByText('Saved.').waitFor();
    await page.getByText('later (user)').waitFor();
    expect(await page.getByLabel('Full name').inputValue()).toBe('kept');
    expect(await accountOf('later')).toMatchObject({ email: 'later@example.org' });
    await page.getByLabel('E-mail address').fill('');
    await save.click();
    await page.getByText('It can be changed, but not taken away.').waitFor();
  });

  test('changes the password with the keyboard alone, and ends all other sessions', async () => {
    await rig.createUser('careful');
    const elsewhere = await rig.tokenOf('careful');
    const { page } = await rig.logIn('careful', '/account/password');
    await page.getByLabel('Current password').focus();
    for (const typed of ['wrong', ANOTHER, ANOTHER]) {
      await page.keyboard.type(typed);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    await page.getByText('This is not your current password.').waitFor();
    await picture(page, 'account-password-wrong');
    // The focus is where the mistake is, and what was typed there is still there.
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.type(PASSWORD);
    expect(await page.getByLabel('New password, again').inputValue()).toBe(ANOTHER);
    await page.getByLabel('New password', { exact: true }).fill('123456');
    await page.getByLabel('New password, again').fill('123456');
    await page.keyboard.press('Enter');
    await page.getByText('The password is among the most common ones: choose another.').waitFor();
    await page.getByLabel('New password', { exact: true }).fill(ANOTHER);
    await page.getByLabel('New password, again').fill(ANOTHER);
    expect(await isGood(elsewhere)).toBe(true);
    await page.keyboard.press('Enter');
    await page.getByText('Your password is changed, and all your other sessions have ended.').waitFor();
    expect(await page.getByLabel('Current password').inputValue()).toBe('');
    expect(await isGood(elsewhere)).toBe(false);
    await page.getByRole('tab', { name: 'Sessions' }).click();
    await page.getByRole('row', { name: 'This one' }).waitFor();
    await expect(rig.tokenOf('careful', ANOTHER)).resolves.toMatch(/^gds_/);
  });

  test('lists the sessions, and ends one or all others', async () => {
    await rig.createUser('nomad');
    const tokens = await Promise.all([rig.tokenOf('nomad'), rig.tokenOf('nomad'), rig.tokenOf('nomad')]);
    const { page } = await rig.logIn('nomad', '/account/sessions');
    const table = page.getByRole('table', { name: 'Sessions' });
    await expect.poll(() => table.getByRole('row').count()).toBe(5);
    expect(await table.getByRole('row', { name: 'This one' }).innerText()).toMatch(/Chrome \d+ on Linux/);
    await picture(page, 'account-sessions');
    await table.getByRole('button').first().click();
    const dialog = page.getByRole('dialog');
    await page.getByRole('dialog', { name: /^End the session of node at / }).waitFor();
    await picture(page, 'account-end-session');
    await button(page, 'End the session').click();
    await page.getByText(/^The session of node at .* has ended\.$/).waitFor();
    expect((await Promise.all(tokens.map(isGood))).filter(Boolean)).toHaveLength(2);
    await button(page, 'End all others').click();
    await dialog.getByRole('button', { name: 'End all others' }).click();
    await page.getByText('2 other sessions have ended.').waitFor();
    await expect.poll(() => table.getByRole('row').count()).toBe(2);
    expect((await Promise.all(tokens.map(isGood))).filter(Boolean)).toHaveLength(0);
    await dialog.waitFor({ state: 'detached' });
    expect(await button(page, 'End all others').isDisabled()).toBe(true);
  });

  test('makes an API token, shows it once with the line that uses it, and revokes it', async () => {
    await rig.createUser('maker');
    const { page } = await rig.logIn('maker', '/account/tokens');
    await page.getByText('No API tokens').waitFor();
    await button(page, 'Create a token').click();
    await button(page, 'Create the token').click();
    await page.getByText('Must be 1 to 64 characters.').waitFor();
    await page.getByText('Choose at least one.').waitFor();
    const evil = '<b>station</b>';
    await page.getByLabel('Name').fill(evil);
    expect(await page.getByRole('checkbox').count()).toBe(2);
    await page.getByLabel('messages:write').check();
    await picture(page, 'account-new-token');
    expect(await accessibilityProblems(page)).toEqual([]);
    await button(page, 'Create the token').click();
    await page.getByRole('dialog', { name: 'The API token is created' }).waitFor();
    await picture(page, 'account-token-made');
    expect(await accessibilityProblems(page)).toEqual([]);
    const codes = await page.getByRole('dialog').locator('pre').allInnerTexts();
    const token = codes[0] ?? '';
    expect(token).toMatch(/^gdt_/);
    expect(codes[1]).toBe(
      `GATHER_TOKEN=${token} gather send 'Hail Dale!' --server ${rig.gatherd.url} --user maker`,
    );
    await page.keyboard.press('Escape');
    await rig.ask('POST', '/v1/messages', { message: 'sunny' }, token);
    await button(page, 'I have copied it').click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('row', { name: evil }).waitFor();
    expect((await page.content()).includes(token)).toBe(false);
    await button(page, 'Create a token').click();
    await page.getByLabel('Name').fill(evil);
    await page.getByLabel('chat').check();
    await button(page, 'Create the token').click();
    await page.getByText('There is an API token of this name.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await button(page, `Revoke ${evil}`).click();
    await page.getByRole('dialog', { name: `Revoke the API token ${evil}?` }).waitFor();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: `Revoke ${evil}` })
      .click();
    await page.getByText('No API tokens').waitFor();
    expect(await isGood(token)).toBe(false);
  });

  test('deletes the account after asking for its name and password, and says so', async () => {
    await rig.createUser('leaving');
    const { page } = await rig.logIn('leaving', '/account/delete');
    await button(page, 'Delete my account').click();
    const dialog = page.getByRole('dialog', { name: 'Delete the account leaving?' });
    const confirm = dialog.getByRole('button', { name: 'Delete leaving' });
    await dialog.getByLabel('Your user name').fill('leaving');
    expect(await confirm.isDisabled()).toBe(true);
    await dialog.getByLabel('Your password').fill('wrong');
    await confirm.click();
    await dialog.getByText('This is not your current password.').waitFor();
    await picture(page, 'account-delete');
    expect(await accessibilityProblems(page)).toEqual([]);
    await dialog.getByLabel('Your password').fill(PASSWORD);
    await confirm.click();
    await page.getByText('The account leaving is deleted.').waitFor();
    await picture(page, 'account-deleted');
    await expect.poll(() => new URL(page.url()).pathname).toBe('/console/');
    await expect(accountOf('leaving')).rejects.toThrow('account.unknown');
  });

  test('does not let the last administrator go', async () => {
    const { page } = await rig.logIn('admin', '/account/delete');
    await button(page, 'Delete my account').click();
    await page.getByLabel('Your user name').fill('admin');
    await page.getByLabel('Your password').fill(PASSWORD);
    await button(page, 'Delete admin').click();
    await page.getByText('The last administrator can be neither removed nor demoted.').waitFor();
  });

  test('has an address for each part, which the browser goes back to', async () => {
    const { page } = await rig.logIn('admin', '/account/tokens');
    const selected = page.getByRole('tab', { selected: true });
    await expect.poll(() => selected.innerText()).toBe('API tokens');
    await page.getByRole('tab', { name: 'Sessions' }).click();
    await expect.poll(() => new URL(page.url()).pathname).toBe('/console/account/sessions');
    await page.goBack();
    await expect.poll(() => selected.innerText()).toBe('API tokens');
    await page.goto(`${rig.gatherd.url}/console/account/nonsense`);
    await expect.poll(() => selected.innerText()).toBe('Profile');
  });
});
