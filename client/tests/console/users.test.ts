import { expect, test } from 'vitest';
import { describeWithConsole } from '../support/console-rig.js';

describeWithConsole('the users of the console', {}, (rig) => {
  test('are found by name, e-mail address, role and status, which stand in the address', async () => {
    await rig.createUser('anna', { role: 'moderator', email: 'anna@example.org', full_name: 'Anna Blume' });
    await rig.createUser('annette');
    await rig.ask('PATCH', '/v1/users/annette', { status: 'suspended' });
    const { page } = await rig.logIn('admin', '/users');
    const names = () => page.getByRole('table', { name: 'Users' }).getByRole('link').allInnerTexts();
    await page.getByText('3 users').waitFor();
    await page.getByLabel('Search').fill('ANN');
    await expect.poll(names).toEqual(['anna', 'annette']);
    await page.getByLabel('Status').selectOption('suspended');
    await expect.poll(names).toEqual(['annette']);
    expect(new URL(page.url()).search).toBe('?search=ANN&status=suspended');
    await page.reload();
    await expect.poll(names).toEqual(['annette']);
    expect(await page.getByLabel('Search').inputValue()).toBe('ANN');
    await page.getByRole('navigation').getByRole('link', { name: 'Users' }).click();
    await page.getByText('3 users').waitFor();
    expect(await page.getByLabel('Search').inputValue()).toBe('');
    await page.getByLabel('Search').fill('ann');
    await page.getByLabel('Status').selectOption('suspended');
    await page.getByLabel('Role').selectOption('moderator');
    await page.getByText('No user is like that').waitFor();
    await page.getByLabel('Status').selectOption('');
    await page.getByLabel('Search').fill('anna@example.org');
    await expect.poll(names).toEqual(['anna']);
    expect(await page.getByRole('row').nth(1).innerText()).toMatch(
      /anna.*Anna Blume.*anna@.*moderator.*active.*never/s,
    );
  });

  test('may be called what the server takes', async () => {
    const names = ['日本語', 'دانا', 'a+b@c', 'é', '.', '..', 'new'];
    for (const name of names) await rig.createUser(name);
    const { page } = await rig.logIn('admin', '/users');
    for (const name of names) {
      await page.getByRole('link', { name, exact: true }).click();
      await page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
      await page.getByLabel('City').fill('Berlin');
      await page.getByRole('button', { name: 'Save the profile' }).click();
      await page.getByText('Saved.').waitFor();
      await page.getByRole('link', { name: 'All users' }).click();
    }
    await page.goto(`${rig.gatherd.url}/console/users/nobody`);
    await page.getByText('There is no such user').waitFor();
  });

  test('are shown a page at a time', async () => {
    const more = Array.from({ length: 51 }, (_, index) => `many-${String(index).padStart(2, '0')}`);
    await Promise.all(more.map((name) => rig.createUser(name)));
    const { page } = await rig.logIn('admin', '/users?search=many-');
    await page.getByText('The first 50 users by name').waitFor();
    await page.getByRole('button', { name: 'Show more' }).click();
    await page.getByText('51 users', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'many-50' }).waitFor();
    expect(await page.getByRole('button', { name: 'Show more' }).count()).toBe(0);
  });
});
