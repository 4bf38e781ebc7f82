import { join } from 'node:path';
import Connection from 'libsql/promise';
import { expect, test } from 'vitest';
import type { ConsoleRig } from '../support/console-rig.js';
import { describeWithConsole } from '../support/console-rig.js';

const MARKUP = '<img src=x onerror=alert(1)>';

interface Executor {
  exec(sql: string): Promise<void>;
  close(): void;
}

async function damage(rig: ConsoleRig, nameKey: string): Promise<void> {
  const database = new Connection(join(rig.dataDir, 'gatherd.db'), { timeout: 5_000 }) as Executor;
  await database.exec(`UPDATE "User" SET notes = 'v1.fields-1.AAAA' WHERE nameKey = '${nameKey}'`);
  database.close();
}

describeWithConsole('the page of a user', {}, (rig) => {
  test('have profiles that are changed; only what was edited is sent, and another name has another address', async () => {
    await rig.createUser('bobby', {
      full_name: 'Bobby',
      city: 'Twin Peaks',
      notes: MARKUP,
      email: 'bobby@example.org',
    });
    const { page } = await rig.logIn('admin', '/users/bobby');
    const save = page.getByRole('button', { name: 'Save the profile' });
    expect(await page.getByLabel('Notes').inputValue()).toBe(MARKUP);
    expect(await save.isDisabled()).toBe(true);
    await page.getByLabel('Full name').fill(MARKUP);
    await page.getByText('Not saved yet.').waitFor();
    await rig.ask('PATCH', '/v1/users/bobby', { city: 'Seattle' });
    await save.click();
    await page.getByText('Saved.').waitFor();
    expect(await page.getByLabel('City').inputValue()).toBe('Seattle');
    await page.getByLabel('E-mail').fill('');
    await save.click();
    await page.getByText('It can be changed, but not taken away.').waitFor();
    await page.getByLabel('E-mail').fill('briggs@example.org');
    await page.getByLabel('User name').fill('Robert');
    await save.click();
    await page.getByRole('heading', { name: 'Robert' }).waitFor();
    await expect.poll(() => new URL(page.url()).pathname).toBe('/console/users/Robert');
    expect(await rig.ask('GET', '/v1/users/robert')).toMatchObject({
      ...{
        username: 'Robert',
        full_name: MARKUP,
        city: 'Seattle',
        notes: MARKUP,
        email: 'briggs@example.org',
      },
    });
    await page.getByRole('link', { name: 'All users' }).click();
    await page.getByRole('cell', { name: MARKUP, exact: true }).waitFor();
  });

  test('have a role and permissions, but the last administrator keeps his', async () => {
    await rig.createUser('gordon');
    const { page } = await rig.logIn('admin', '/users/gordon?tab=access');
    const save = page.getByRole('button', { name: 'Save role and permissions' });
    await page.getByLabel('Role', { exact: true }).selectOption('moderator');
    await page.getByLabel('Its own, whatever the role').check();
    await page.getByLabel('audit:read read the audit log').check();
    await save.click();
    await page.getByText('moderator, with its own permissions').waitFor();
    expect(await rig.ask('GET', '/v1/users/gordon')).toMatchObject({
      role: 'moderator',
      permissions: ['messages:write', 'messages:read', 'feed:read', 'chat', 'audit:read'],
    });
    await page.getByLabel('Those of the role moderator').check();
    await save.click();
    await expect.poll(() => rig.ask('GET', '/v1/users/gordon')).toMatchObject({ has_own_permissions: false });
    await page.goto(`${rig.gatherd.url}/console/users/admin?tab=access`);
    await page.getByLabel('Role', { exact: true }).selectOption('user');
    await page.getByText('you administer no users any more').waitFor();
    await save.click();
    await page.getByRole('alert').filter({ hasText: 'The last administrator' }).waitFor();
    expect(await page.getByLabel('Role', { exact: true }).inputValue()).toBe('user');
    await page.getByRole('button', { name: 'Delete the user…' }).click();
    await page.getByLabel('Type admin to delete it').fill('admin');
    await page.getByRole('button', { name: 'Delete admin' }).click();
    await page
      .getByRole('dialog')
      .getByText('The last administrator can be neither removed nor demoted.')
      .waitFor();
  });

  test('are suspended: their sessions end elsewhere at once; and activated again', async () => {
    await rig.createUser('leo');
    const token = await rig.tokenOf('leo');
    const leo = await rig.logIn('leo', '/account');
    const { page } = await rig.logIn('admin', '/users/leo?tab=access');
    await page.getByRole('button', { name: 'Suspend…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Suspend the user leo?' });
    await dialog.getByText('All sessions end at once').waitFor();
    await dialog.getByRole('button', { name: 'Suspend leo' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await expect(rig.ask('GET', '/v1/account', undefined, token)).rejects.toThrow(/session|token/);
    await leo.page.reload();
    await leo.page.getByRole('button', { name: 'Log in' }).waitFor();
    await page.getByRole('button', { name: 'Activate' }).click();
    await page.getByText('The account is active').waitFor();
    await rig.tokenOf('leo');
  });

  test('keep what is typed about them while another tab is looked at, and it is asked about', async () => {
    await rig.createUser('lucy');
    const { page } = await rig.logIn('admin', '/users/lucy');
    await page.getByLabel('City').fill('Twin Peaks');
    await page.getByRole('tab', { name: 'Access' }).click();
    await page.getByRole('button', { name: 'Suspend…' }).waitFor();
    await page.getByRole('link', { name: 'Chat' }).click();
    const dialog = page.getByRole('dialog', { name: 'Leave without saving?' });
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.getByRole('tab', { name: 'Profile' }).click();
    expect(await page.getByLabel('City').inputValue()).toBe('Twin Peaks');
  });

  test('are the same under another name, and so is what is typed about them and not saved', async () => {
    await rig.createUser('annie');
    const { page } = await rig.logIn('admin', '/users/annie?tab=access');
    await page.getByLabel('Role', { exact: true }).selectOption('moderator');
    await page.getByRole('tab', { name: 'Profile' }).click();
    await page.getByLabel('User name').fill('blackburn');
    await page.getByRole('button', { name: 'Save the profile' }).click();
    await page.getByRole('heading', { level: 1, name: 'blackburn' }).waitFor();
    await page.getByRole('tab', { name: 'Access' }).click();
    expect(await page.getByLabel('Role', { exact: true }).inputValue()).toBe('moderator');
  });

  test('get another password, which ends their sessions and API tokens', async () => {
    await rig.createUser('nadine');
    const token = await rig.tokenOf('nadine');
    await rig.ask('POST', '/v1/tokens', { name: MARKUP, permissions: ['chat'] }, token);
    const { page } = await rig.logIn('admin', '/users/nadine?tab=tokens');
    await page.getByRole('cell', { name: MARKUP, exact: true }).waitFor();
    await page.getByRole('tab', { name: 'Access' }).click();
    await page.getByRole('button', { name: 'Reset the password…' }).click();
    await page.getByText('all API tokens are revoked').waitFor();
    await page.getByRole('button', { name: 'Reset the password of nadine' }).click();
    const made = page.getByRole('status').filter({ hasText: 'The one-time password of nadine' });
    const password = await made.locator('pre').innerText();
    await expect(rig.ask('GET', '/v1/account', undefined, token)).rejects.toThrow();
    await page.getByRole('tab', { name: 'API tokens' }).click();
    await page.getByText('There is no API token').waitFor();
    await page.getByRole('tab', { name: 'Sessions' }).click();
    await page.getByText('There is no session').waitFor();
    await rig.tokenOf('nadine', password);
  });

  test('have sessions that are ended and API tokens that are revoked, one or all', async () => {
    await rig.createUser('shelly');
    const token = await rig.tokenOf('shelly');
    for (const name of ['oven', 'till', 'jukebox'])
      await rig.ask('POST', '/v1/tokens', { name, permissions: ['chat'] }, token);
    const { page } = await rig.logIn('admin', '/users/shelly?tab=tokens');
    await page.getByRole('button', { name: 'Revoke till' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke till' }).click();
    await expect.poll(() => page.getByRole('button', { name: /^Revoke/ }).count()).toBe(3);
    await page.getByRole('button', { name: 'Revoke all…' }).click();
    await page.getByRole('button', { name: 'Revoke all API tokens' }).click();
    await page.getByText('There is no API token').waitFor();
    await page.getByRole('tab', { name: 'Sessions' }).click();
    await page.getByRole('button', { name: 'End all sessions…' }).click();
    await page.getByRole('button', { name: 'End all sessions of shelly' }).click();
    await page.getByText('There is no session').waitFor();
    await expect(rig.ask('GET', '/v1/account', undefined, token)).rejects.toThrow();
  });

  test('are deleted by whoever types their name', async () => {
    await rig.createUser('Windom');
    const { page } = await rig.logIn('admin', '/users/Windom?tab=access');
    await page.getByRole('button', { name: 'Delete the user…' }).click();
    const confirm = page.getByRole('dialog').getByRole('button', { name: 'Delete Windom' });
    expect(await confirm.isDisabled()).toBe(true);
    await page.getByLabel('Type Windom to delete it').fill('window');
    expect(await confirm.isDisabled()).toBe(true);
    await page.getByLabel('Type Windom to delete it').fill('windom');
    await confirm.click();
    await page.getByRole('heading', { name: 'Users' }).waitFor();
    await expect(rig.ask('GET', '/v1/users/windom')).rejects.toThrow('account.unknown');
  });

  test('are shown what is damaged, and keep it when something else is changed', async () => {
    await rig.createUser('ben', { notes: 'sealed', city: 'Twin Peaks' });
    await damage(rig, 'ben');
    const { page } = await rig.logIn('admin', '/users/ben');
    await page.getByText('They cannot be decrypted and are shown empty: Notes.').waitFor();
    await page.getByLabel('City').fill('Seattle');
    await page.getByRole('button', { name: 'Save the profile' }).click();
    await page.getByText('Saved.').waitFor();
    expect(await rig.ask('GET', '/v1/users/ben')).toMatchObject({
      city: 'Seattle',
      damaged_fields: ['notes'],
    });
  });

  test('log themselves out where they suspend themselves', async () => {
    await rig.createUser('albert', { role: 'admin' });
    const { page } = await rig.logIn('albert', '/users/albert?tab=access');
    await page.getByText('change its password in').waitFor();
    await page.getByRole('button', { name: 'Suspend…' }).click();
    await page.getByText('you are logged out at once').waitFor();
    await page.getByRole('button', { name: 'Suspend albert' }).click();
    await page.getByRole('button', { name: 'Log in' }).waitFor();
  });
});
