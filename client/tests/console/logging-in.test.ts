import { afterAll, beforeAll, expect, test } from 'vitest';
import { accessibilityProblems, ConsoleRig, describeInBrowser, picture } from '../support/console-rig.js';

describeInBrowser('the console', () => {
  let rig: ConsoleRig;
  beforeAll(async () => {
    rig = await ConsoleRig.start();
  });
  afterAll(async () => {
    await rig[Symbol.asyncDispose]();
  });

  test('lets an administrator in, and shows all of the pages', async () => {
    const { page, context } = await rig.logIn('admin');
    await using _ = context;
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
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(rig.problems).toEqual([]);
  });
});
