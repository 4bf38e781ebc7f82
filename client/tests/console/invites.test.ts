import { expect, test } from 'vitest';
import { accessibilityProblems, describeWithConsole, PASSWORD, picture } from '../support/console-rig.js';

const MARKUP = '<img src=x onerror=alert(1)>\u202e';

describeWithConsole('the invites of the console', { env: { GATHERD_ENROLLMENT: 'invite' } }, (rig) => {
  test('are made, shown once as a code and as a link, used, and then told by whom', async () => {
    const { page } = await rig.logIn('admin', '/invites');
    await page.getByText('Enrolment is by invite').waitFor();
    await page.getByText('There is no invite').waitFor();
    await page.getByLabel('Note').fill(MARKUP);
    await page.getByLabel('Good for').selectOption('1 hour');
    await page.getByRole('button', { name: 'Create an invite' }).click();
    const made = page.getByRole('status').filter({ hasText: 'The code of the invite' });
    await made.waitFor();
    const [code = '', link = ''] = await made.locator('pre').allInnerTexts();
    expect(link).toBe(`${rig.gatherd.url}/console/register#invite=${code}`);
    await picture(page, 'invite-made');
    expect(await accessibilityProblems(page)).toEqual([]);
    const { invites } = (await rig.ask('GET', '/v1/invites')) as {
      invites: { created_at: string; expires_at: string }[];
    };
    const [{ created_at, expires_at } = { created_at: '', expires_at: '' }] = invites;
    expect(Date.parse(expires_at) - Date.parse(created_at)).toBe(3_600_000);
    await rig.ask('POST', '/v1/account', { username: 'josie', password: PASSWORD, invite: code }, '');
    await page.reload();
    await page.getByRole('cell', { name: /used by josie/ }).waitFor();
    expect(await page.getByRole('cell', { name: MARKUP, exact: true }).count()).toBe(1);
    expect(await page.content()).not.toContain(code);
    expect(await page.getByRole('button', { name: /^Revoke/ }).count()).toBe(0);
  });

  test('are revoked after a question', async () => {
    const made = (await rig.ask('POST', '/v1/invites', { note: 'Hank' })) as { code: string };
    const { page } = await rig.logIn('admin', '/invites');
    await page.getByRole('button', { name: 'Revoke the invite for Hank' }).click();
    const dialog = page.getByRole('dialog', { name: 'Revoke the invite for Hank?' });
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Revoke the invite for Hank' }).click();
    await dialog.getByRole('button', { name: 'Revoke the invite for Hank' }).click();
    await page.getByRole('cell', { name: 'Hank', exact: true }).waitFor({ state: 'hidden' });
    const registration = { username: 'hank', password: PASSWORD, invite: made.code };
    await expect(rig.ask('POST', '/v1/account', registration, '')).rejects.toThrow('account.invite_invalid');
  });

  test('keep what was typed where the server refuses, and are made once it does not', async () => {
    const { page } = await rig.logIn('admin', '/invites');
    const note = page.getByLabel('Note');
    await note.fill('x'.repeat(201));
    await page.getByText('Must be at most 200 characters.').waitFor();
    await page.getByRole('button', { name: 'Create an invite' }).click();
    await note.fill('Norma');
    await page.context().setOffline(true);
    await page.getByRole('button', { name: 'Create an invite' }).click();
    await page.getByText('What was asked may or may not have been done.').waitFor();
    expect(await note.inputValue()).toBe('Norma');
    await page.context().setOffline(false);
    await page.getByRole('button', { name: 'Create an invite' }).click();
    await page.getByRole('status').filter({ hasText: 'The code of the invite' }).waitFor();
    expect(await note.inputValue()).toBe('');
  });
});

describeWithConsole('invites where enrolment is closed', { env: { GATHERD_ENROLLMENT: 'closed' } }, (rig) => {
  test('say that they do not help', async () => {
    const { page } = await rig.logIn('admin', '/invites');
    await page.getByText('nobody can register, not with an invite either').waitFor();
  });
});
