import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { accessibilityProblems, ConsoleRig, describeInBrowser, picture } from '../support/console-rig.js';

const LOOKS = [
  ['light', { viewport: { width: 1280, height: 800 } }],
  ['dark', { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' }],
  ['phone', { viewport: { width: 360, height: 740 } }],
  ['wide', { viewport: { width: 1920, height: 1080 } }],
] as const;

const PLACES = [
  ['users', '/users', 'table "Users"'],
  ['user-new', '/users/~new', 'Create the user'],
  ['user-profile', '/users/dale', 'Save the profile'],
  ['user-access', '/users/dale?tab=access', 'Save role and permissions'],
  ['user-sessions', '/users/dale?tab=sessions', 'End all sessions'],
  ['user-tokens', '/users/dale?tab=tokens', 'Revoke all'],
  ['invites', '/invites', 'Create an invite'],
] as const;

describeInBrowser('users and invites in the console', () => {
  let rig: ConsoleRig;
  beforeAll(async () => {
    rig = await ConsoleRig.start({ env: { GATHERD_ENROLLMENT: 'invite' } });
    await rig.createUser('dale', {
      ...{ full_name: 'Dale Cooper', email: 'dale.cooper@example.org', city: 'Twin Peaks', country: 'USA' },
      ...{ notes: 'Likes coffee, black.', metadata: { locker: 6 } },
    });
    await rig.createUser('دانا', { full_name: 'دانا', role: 'moderator' });
    await rig.createUser('mod', { role: 'moderator' });
    await rig.ask('POST', '/v1/users', { username: 'audrey', email: 'audrey@example.org' });
    await rig.createUser('leland');
    await rig.ask('PATCH', '/v1/users/leland', { status: 'suspended' });
    const token = await rig.tokenOf('dale');
    for (const name of ['weather station', 'coffee machine'])
      await rig.ask('POST', '/v1/tokens', { name, permissions: ['messages:write', 'chat'] }, token);
    await rig.ask('POST', '/v1/invites', { note: 'Harry, of the sheriff’s office' });
  });
  afterEach(() => {
    expect(rig.problems).toEqual([]);
  });
  afterAll(async () => {
    await rig[Symbol.asyncDispose]();
  });

  test.each(LOOKS)('are there for everybody, %s', async (look, options) => {
    const { page, context } = await rig.logIn('admin', '/users', options);
    await using _ = context;
    for (const [name, path, sign] of PLACES) {
      await page.goto(`${rig.gatherd.url}/console${path}`);
      await (
        sign.startsWith('table')
          ? page.getByRole('table', { name: 'Users' })
          : page.getByRole('button', { name: sign })
      ).waitFor();
      await expect.poll(() => page.getByRole('status', { name: 'Loading' }).count()).toBe(0);
      await picture(page, `${name}-${look}`);
      // As on the narrower one: only what stands where differs.
      if (look !== 'wide') expect(await accessibilityProblems(page), path).toEqual([]);
      expect(
        await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth'),
      ).toBeLessThanOrEqual(0);
    }
  });

  test.each(['mod', 'dale'])('are not for %s', async (name) => {
    const { page, context } = await rig.logIn(name, '/users');
    await using _ = context;
    await page.getByText('There is no such page, or it is not for you.').waitFor();
    const links = await page.getByRole('navigation', { name: 'Pages' }).getByRole('link').allInnerTexts();
    expect(links).not.toContain('Users');
    expect(links).not.toContain('Invites');
    for (const path of ['/users/admin', '/users/~new', '/invites']) {
      await page.goto(`${rig.gatherd.url}/console${path}`);
      await page.getByText('There is no such page, or it is not for you.').waitFor();
    }
    const token = await rig.tokenOf(name);
    for (const path of ['/v1/users/admin', '/v1/users/admin/tokens', '/v1/invites'])
      await expect(rig.ask('GET', path, undefined, token)).rejects.toThrow('permission.missing');
  });
});
