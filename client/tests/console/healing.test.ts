import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { accessibilityProblems, describeWithConsole, logIn, picture } from '../support/console-rig.js';
import { rowOf } from '../support/messages-page.js';

const TYPED = 'Diane, 11:30 a.m.';
const DAY_AHEAD = `{ const now = Date.now; Date.now = () => now() + 24 * 60 * 60 * 1000; }`;

const nested = (depth: number, inside = '') => '['.repeat(depth) + inside + ']'.repeat(depth);

describeWithConsole('what goes wrong around a page', { env: { GATHERD_CHAT_RECORDING: 'on' } }, (rig) => {
  const toSend = (page: Page) => page.getByLabel('Message to send');
  const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name });
  const link = (page: Page, name: string) =>
    page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name });
  const scripts = (name: string) => `**/assets/${name}-page-*.js`;

  // As if the page's script was of an older gatherd; before the login, so that it is not there already.
  async function without(name: string, path: string, status = 404) {
    const tab = await rig.open(path);
    await tab.page.route(scripts(name), (route) =>
      status === 0 ? route.abort() : route.fulfill({ status }),
    );
    await logIn(tab.page, 'admin');
    return tab;
  }

  async function loadedAhead(page: Page, name: string): Promise<void> {
    const loaded = `performance.getEntriesByType('resource').some(({ name }) => name.includes('/${name}-page-'))`;
    await expect.poll(() => page.evaluate(loaded)).toBe(true);
  }

  test('a page that was not looked at before is there after the server has gone away', async () => {
    const { page } = await rig.logIn('admin', '/messages');
    await loadedAhead(page, 'settings');
    await rig.stop();
    await link(page, 'Audit log').click();
    await heading(page, 'Audit log').waitFor();
    await page.getByText('The server does not answer. Trying again').waitFor();
    await rig.startAgain();
    await page.getByText('The server does not answer. Trying again').waitFor({ state: 'detached' });
    await expect.poll(() => page.getByRole('alert').count()).toBe(0);
  });

  test('a page whose script does not come leaves the one that somebody types in', async () => {
    const { page, context } = await without('employees', '/messages', 0);
    await toSend(page).fill(TYPED);
    await context.setOffline(true);
    await link(page, 'Employees').click();
    await page.getByRole('alert').getByText('Employees could not be loaded').waitFor();
    await picture(page, 'page-not-loaded');
    expect(await toSend(page).inputValue()).toBe(TYPED);
    expect(new URL(page.url()).pathname).toBe('/console/messages');
    expect(await accessibilityProblems(page)).toEqual([]);
    await context.setOffline(false);
    await page.unroute(scripts('employees'));
    await link(page, 'Employees').click();
    await heading(page, 'Employees').waitFor();
    await page.getByText('Employees could not be loaded').waitFor({ state: 'detached' });
  });

  test('a page whose script is gone says what to do, and can be tried again', async () => {
    const { page } = await without('audit', '/audit');
    await page.getByRole('alert').getByText('This page could not be loaded.').waitFor();
    await picture(page, 'page-gone');
    expect(await accessibilityProblems(page)).toEqual([]);
    // The last that is loaded by itself.
    await loadedAhead(page, 'settings');
    await page.unroute(scripts('audit'));
    await page.getByRole('button', { name: 'Try again' }).click();
    await heading(page, 'Audit log').waitFor();
    await page.getByText('This page could not be loaded.').waitFor({ state: 'detached' });
  });

  test('a page whose script did not come is tried again once the server is back', async () => {
    const { page } = await without('settings', '/settings');
    await page.getByRole('alert').getByText('This page could not be loaded.').waitFor();
    await rig.stop();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByText('The server does not answer. Trying again').waitFor();
    await page.unroute(scripts('settings'));
    await rig.startAgain();
    await page.getByText('GATHERD_PORT').waitFor();
  });

  test('a page that fails takes nothing else along', async () => {
    const tab = await rig.open('/invites');
    const { page } = tab;
    const body = `export const InvitesPage = () => { throw new Error('planted'); }; export const t = InvitesPage;`;
    await page.route(scripts('invites'), (route) => route.fulfill({ contentType: 'text/javascript', body }));
    await logIn(page, 'admin');
    await page.getByRole('alert').getByText('Something went wrong in this page.').waitFor();
    await picture(page, 'page-broken');
    await link(page, 'Settings').click();
    await heading(page, 'Settings').waitFor();
    expect(rig.forgetProblems()).toEqual([expect.stringContaining('planted')]);
  });

  test('no message freezes who opens it', async () => {
    const hostile = [
      nested(6_000),
      nested(1_000, `1${',1'.repeat(120_000)}`),
      `[1,${'"x",'.repeat(50_000)}2]`,
    ];
    await rig.ask(
      'POST',
      '/v1/messages',
      hostile.map((message, index) => ({ message, topic: `hostile-${String(index)}` })),
    );
    const { page } = await rig.logIn('admin', '/messages');
    for (const [index, text] of hostile.entries()) {
      await rowOf(page, `hostile-${String(index)}`).dblclick();
      const shown = page.getByRole('dialog').getByRole('region', { name: 'Message' });
      await expect.poll(async () => (await shown.textContent())?.length).toBeGreaterThanOrEqual(text.length);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
  });

  test('what is not permitted any more is not shown any more, and what is, is', async () => {
    await rig.createUser('harry', { role: 'moderator' });
    await rig.ask('POST', '/v1/messages', [{ message: 'of somebody else' }]);
    const { page, context } = await rig.logIn('harry', '/messages');
    await rowOf(page, 'of somebody else').waitFor();
    const chat = await context.newPage();
    await chat.goto(`${rig.gatherd.url}/console/chat`);
    await heading(chat, 'Chat').waitFor();
    await rig.ask('PATCH', '/v1/users/harry', { permissions: ['messages:write'] });
    await link(chat, 'Chat').waitFor({ state: 'detached' });
    await page.getByText('These are your own messages.').waitFor();
    await rowOf(page, 'of somebody else').waitFor({ state: 'detached' });
    await link(page, 'Overview').waitFor({ state: 'detached' });
    await picture(chat, 'chat-taken-away');
  });

  test('the chat goes back an hour by the clock of the server', async () => {
    await rig.createUser('lucy', { permissions: ['chat'] });
    await rig.ask('POST', '/v1/chat', { message: 'a moment ago' });
    const { page } = await rig.open('/chat', { isForOneTest: true });
    await page.addInitScript(DAY_AHEAD);
    await page.reload();
    await logIn(page, 'lucy');
    await page.getByText('a moment ago', { exact: true }).waitFor();
  });

  test('the way back after logging out tells nobody what was searched', async () => {
    const { page } = await rig.logIn('admin', '/users?search=laura');
    await link(page, 'My account').click();
    await heading(page, 'My account').waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByText('You are logged out.').waitFor();
    await page.goBack();
    await expect.poll(() => page.url()).toBe(`${rig.gatherd.url}/console/`);
  });

  test('an address that is written wrongly is a page', async () => {
    const { page } = await rig.logIn('admin', '/users/%zz');
    await heading(page, '%zz').waitFor();
    await page.getByText('There is no such user').waitFor();
  });

  test('the finger reaches the navigation of a phone while the server is away', async () => {
    const { page } = await rig.logIn('admin', '/invites', { viewport: { width: 360, height: 740 } });
    const openNavigation = page.getByRole('button', { name: 'Open the navigation' });
    await heading(page, 'Invites').waitFor();
    await openNavigation.click();
    await page.getByRole('link', { name: 'Users' }).click();
    await heading(page, 'Users').waitFor();
    const wide = await rig.logIn('admin', '/messages', { viewport: { width: 1280, height: 800 } });
    const sent = wide.page.getByRole('button', { name: 'Send' });
    await sent.waitFor();
    await rig.stop();
    await openNavigation.click();
    await page.getByRole('link', { name: 'Invites' }).click();
    const banner = page.getByText('The server does not answer. Trying again');
    await banner.waitFor();
    await picture(page, 'away-phone');
    await openNavigation.click();
    await picture(page, 'away-phone-navigation');
    await page.getByRole('link', { name: 'My account' }).click({ trial: true });
    await wide.page.getByText('The server does not answer. Trying again').waitFor();
    await picture(wide.page, 'away-messages');
    const place = await sent.boundingBox();
    expect((place?.y ?? 800) + (place?.height ?? 0)).toBeLessThanOrEqual(800);
    await rig.startAgain();
  });
});
