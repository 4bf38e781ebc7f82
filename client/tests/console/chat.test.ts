import type { Locator, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { longestOfThree } from '../support/arrival.js';
import type { ConsoleRig } from '../support/console-rig.js';
import { accessibilityProblems, describeWithConsole, picture } from '../support/console-rig.js';

const PHONE = { viewport: { width: 360, height: 740 } };
/** How far the chat is scrolled, and the name or text of what has the focus, as seen in the page. */
const PLACE = `document.querySelector('[aria-label="What was said"]')`;
const SCROLLED = `${PLACE}.scrollTop`;
const ROOM = `${PLACE}.scrollHeight`;
const FROM_END = `${ROOM} - ${SCROLLED} - ${PLACE}.clientHeight`;
const FOCUSED = `document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText`;

const ENV = { GATHERD_MAX_MESSAGE_BYTES: '32768' };

const DARK = { colorScheme: 'dark' } as const;

describeWithConsole('the chat', { env: ENV, isProcess: true }, (rig) => {
  beforeAll(async () => {
    await rig.createUser('dale');
    await rig.createUser('laura', { role: 'moderator' });
    await rig.createUser('bob', { permissions: ['chat'] });
    await rig.createUser('דניאל');
  });

  test('carries what one says to another within a second of the answer, and shows who is there', async () => {
    const dale = await rig.logIn('dale', '/chat');
    const laura = await rig.logIn('laura', '/chat');
    const here = dale.page.getByRole('region', { name: /^Here/ });
    await here.getByText('laura').waitFor();
    await said(dale.page, 'laura has come').waitFor();

    await said(laura.page, 'laura has come').or(laura.page.getByText('Here: 2')).first().waitFor();
    const send = (text: string) => say(dale.page, text);
    // Some times: the machine may be busy with other things.
    await expect
      .poll(() => longestOfThree({ from: dale.page, path: '/v1/chat', send, to: laura.page }))
      .toBeLessThan(1000);
    await say(dale.page, 'Diane, 11:30 a.m.');
    await said(laura.page, 'Diane, 11:30 a.m.').waitFor();
    await say(laura.page, 'hello\nDale');
    await said(dale.page, 'hello\nDale').waitFor();
    expect(await said(dale.page, 'Diane').innerText()).toContain('(you)');
    expect(await said(laura.page, 'Diane').innerText()).not.toContain('(you)');
    expect(await said(dale.page, 'Diane').count()).toBe(1);
    await rig.ask('POST', '/v1/chat', { message: 'from outside' });
    await said(dale.page, 'from outside').waitFor();

    await laura.context.close();
    await said(dale.page, 'laura has gone').waitFor();
    await here.getByText('laura').waitFor({ state: 'detached' });
    await dale.page.reload();
    await said(dale.page, 'from outside').waitFor();
    expect(await said(dale.page, 'Diane').count()).toBe(1);
  });

  test('counts what is unread on other pages, until it is looked at', async () => {
    const { page } = await rig.logIn('dale', '/account');
    await page.getByRole('link', { name: 'Chat' }).waitFor();
    await present(rig, 'dale');
    for (const message of ['one', 'two', 'three']) await rig.ask('POST', '/v1/chat', { message });
    await expect.poll(() => page.title()).toMatch(/^\(3\) /);
    await picture(page, 'unread');
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole('link', { name: 'Chat 3 unread' }).click();
    await expect.poll(() => page.title()).toBe('Chat · gatherd');
    await page.getByRole('link', { name: 'Chat', exact: true }).waitFor();
    await hide(page, 'hidden');
    await rig.ask('POST', '/v1/chat', { message: 'four' });
    await expect.poll(() => page.title()).toBe('(1) Chat · gatherd');
    await hide(page, 'visible');
    await expect.poll(() => page.title()).toBe('Chat · gatherd');
  });

  test('is for whoever may chat and nothing else, and goes back an hour for them', async () => {
    await rig.ask('POST', '/v1/chat', { message: 'bob was not here' });
    const { page } = await rig.logIn('bob');
    await said(page, 'bob was not here').waitFor();
    expect(await page.title()).toBe('Chat · gatherd');
    await page.getByText('within the last hour').waitFor();
    await say(page, 'bob is here');
    await said(page, 'bob is here').waitFor();
    expect(await said(page, 'bob is here').count()).toBe(1);
  });

  test('goes back through all that was said, and keeps its place meanwhile', async () => {
    await rig.ask('POST', '/v1/messages', linesOf(450, 'of many'));
    const { page } = await rig.logIn('laura', '/chat');
    const place = page.getByRole('region', { name: 'What was said' });
    await said(page, 'line 450 of many').waitFor();
    await place.focus();
    // A hundred come in front of what is looked at, which stays.
    const room = await page.evaluate<number>(ROOM);
    const toTop = `${ROOM} > ${String(room + 100 * 26)} || (${PLACE}.scrollTop = 0, false)`;
    await expect.poll(() => page.evaluate<boolean>(toTop)).toBe(true);
    await expect.poll(() => page.evaluate<number>(SCROLLED)).toBeGreaterThan(1000);
    await page.getByRole('button', { name: 'To the latest' }).waitFor();
    await rig.ask('POST', '/v1/chat', { message: 'live meanwhile' });
    await expect
      .poll(async () => {
        await page.keyboard.press('Home');
        return said(page, 'line 1 of many').count();
      })
      .toBe(1);
    await page.getByText('This is where the chat begins.').waitFor();
    expect(await said(page, 'live meanwhile').count()).toBe(0);
    await page.getByRole('button', { name: 'To the latest' }).click();
    await said(page, 'live meanwhile').waitFor();
    expect(await place.getByRole('listitem').count()).toBeLessThan(80);
  });

  test('goes back by pages, whatever is measured for the first time meanwhile', async () => {
    await rig.ask('POST', '/v1/messages', linesOf(150, 'of the pages'));
    // Who has all there is for him from the beginning: nothing is put in front.
    const { page } = await rig.logIn('bob', '/chat');
    await said(page, 'line 150 of the pages').waitFor();
    await expect.poll(() => page.evaluate<number>(FROM_END)).toBeLessThan(48);
    await page.getByRole('region', { name: 'What was said' }).focus();
    const height = await page.evaluate<number>(`${PLACE}.clientHeight`);
    for (const pages of [1, 2, 3]) {
      await page.keyboard.press('PageUp');
      await expect.poll(() => page.evaluate<number>(FROM_END)).toBeGreaterThan(0.8 * pages * height);
    }
  });

  test('shows what others write as text, and long texts in part', async () => {
    const hostile = '<img src=x onerror="alert(1)"> javascript:alert(1) https://example.org \u202Eevil';
    const token = await rig.tokenOf('דניאל');
    await rig.ask('POST', '/v1/chat', { message: hostile }, token);
    await rig.ask('POST', '/v1/chat', { message: `begin ${'x'.repeat(20_000)} end` }, token);
    await rig.ask('POST', '/v1/messages', [{ message: { a: ['<script>alert(1)</script>'] }, topic: 'chat' }]);
    const { page } = await rig.logIn('laura', '/chat');
    await said(page, '{"a":["<script>alert(1)</script>"]}').waitFor();
    const long = said(page, 'begin xxx');
    expect((await long.innerText()).length).toBeLessThan(5000);
    await long.getByRole('button', { name: 'Show all of it' }).click();
    await expect.poll(() => long.innerText()).toContain('x end');
    await page.getByRole('region', { name: 'What was said' }).focus();
    await page.keyboard.press('PageUp');
    await expect
      .poll(async () => {
        await page.keyboard.press('PageUp');
        return said(page, hostile).count();
      })
      .toBe(1);
    expect(await said(page, hostile).getByRole('link').count()).toBe(0);
  });

  test('says why something was not sent, and gives it back', async () => {
    const { page } = await rig.logIn('dale', '/chat');
    await present(rig, 'dale');
    await say(page, `too long ${'y'.repeat(33_000)}`);
    const unsent = page.getByRole('status', { name: 'Not sent yet' });
    await unsent.getByText(/^Not sent\. /).waitFor();
    await say(page, 'behind it');
    await unsent.getByText('it waits until it can be').waitFor();
    await picture(page, 'refused');
    expect(await accessibilityProblems(page)).toEqual([]);
    await unsent.getByRole('button', { name: 'Take back' }).first().click();
    await said(page, 'behind it').waitFor();
    expect((await field(page).inputValue()).startsWith('too long yyy')).toBe(true);
  });

  test('is done by the keyboard alone', async () => {
    const { page } = await rig.logIn('dale', '/chat');
    const who = page.getByRole('button', { name: /^dale/ });
    await who.focus();
    await page.keyboard.press('Enter');
    await page.getByText(/from 127\.0\.0\.1.* by WebSocket since/).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.evaluate<string>(FOCUSED)).toMatch(/^dale/);
    await page.getByRole('region', { name: 'What was said' }).focus();
    await expect
      .poll(async () => {
        await page.keyboard.press('Tab');
        return page.evaluate<string>(FOCUSED);
      })
      .toBe('Message');
    await page.keyboard.type('by');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('keys');
    await page.keyboard.press('Enter');
    await said(page, 'by\nkeys').waitFor();
    expect(await field(page).inputValue()).toBe('');
    await page.keyboard.type('more');
    expect(await field(page).inputValue()).toBe('more');
  });

  test('tells of each connection of who is there, on a phone too', async () => {
    await rig.ask('POST', '/v1/chat', { message: 'hello laura' });
    const { page } = await rig.logIn('laura', '/chat', { ...PHONE, ...DARK });
    await said(page, 'hello laura').waitFor();
    await page.getByRole('button', { name: 'laura' }).click();
    await page.getByText('by WebSocket since').waitFor();
    await picture(page, 'chat-connections');
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  test('goes on with another permission, and keeps what is typed', async () => {
    await rig.createUser('harry', { permissions: ['chat'] });
    const { page } = await rig.logIn('harry', '/chat');
    await page.getByText('within the last hour').waitFor();
    await field(page).fill('half a sentence');
    await rig.ask('PATCH', '/v1/users/harry', { permissions: ['chat', 'messages:read'] });
    await page.evaluate("window.dispatchEvent(new Event('focus'))");
    await page.getByText('within the last hour').waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Overview' }).waitFor();
    await page.getByText('This is where the chat begins.').or(page.getByText('Older messages')).waitFor();
    expect(await field(page).inputValue()).toBe('half a sentence');
    await field(page).press('Enter');
    await said(page, 'half a sentence').waitFor();
  });

  test('heals by itself where the server is killed, with one copy of each', async () => {
    const dale = await rig.logIn('dale', '/chat');
    const laura = await rig.logIn('laura', '/chat');
    await present(rig, 'laura');
    await say(dale.page, 'before it fell');
    await said(laura.page, 'before it fell').waitFor();
    await rig.stop();
    await dale.page.getByText('Not connected. Trying again').waitFor();
    await say(dale.page, 'while it was away');
    await dale.page.getByText('it waits until it can be').waitFor();
    await field(dale.page).fill('still being typed');
    await picture(dale.page, 'lost');
    await rig.startAgain();
    await picture(dale.page, 'healed');
    for (const { page } of [dale, laura]) {
      await said(page, 'while it was away').waitFor();
      expect(await said(page, 'while it was away').count()).toBe(1);
      expect(await said(page, 'before it fell').count()).toBe(1);
    }
    expect(await field(dale.page).inputValue()).toBe('still being typed');
  });
});

describeWithConsole('the chat that is not recorded', { env: { GATHERD_CHAT_RECORDING: 'off' } }, (rig) => {
  test('says where nothing is recorded', async () => {
    await rig.createUser('dale');
    const { page } = await rig.logIn('dale', '/chat');
    await page.getByText('The chat is not recorded here').waitFor();
    await present(rig, 'dale');
    await say(page, 'off the record');
    await said(page, 'off the record').waitFor();
    expect(await said(page, 'off the record').innerText()).toContain('(not recorded)');
    await picture(page, 'unrecorded');
    expect(await accessibilityProblems(page)).toEqual([]);
  });
});

/** So many messages of the chat, some of them longer than a line. */
function linesOf(count: number, text: string): object[] {
  return Array.from({ length: count }, (_, index) => ({
    message: `line ${String(index + 1)} ${text}${index % 7 === 3 ? ' which is long'.repeat(20) : ''}`,
    topic: 'chat',
  }));
}

/** The lines with a text, as they are shown. */
function said(page: Page, text: string): Locator {
  const lines = page.getByRole('region', { name: 'What was said' }).getByRole('listitem');
  return lines.filter({ hasText: text });
}

function field(page: Page): Locator {
  return page.getByRole('textbox', { name: 'Message' });
}

async function say(page: Page, text: string): Promise<void> {
  await field(page).fill(text);
  await field(page).press('Enter');
}

/** Waits until the server knows that somebody is in the chat. */
async function present(rig: ConsoleRig, user: string): Promise<void> {
  await expect
    .poll(async () => {
      const { connections } = (await rig.ask('GET', '/v1/presence')) as { connections: { user: string }[] };
      return connections.map((each) => each.user);
    })
    .toContain(user);
}

/** Has a page believe that it is hidden, or seen again, as by a change of tabs. */
async function hide(page: Page, state: 'hidden' | 'visible'): Promise<void> {
  await page.evaluate(
    `Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true });
     document.dispatchEvent(new Event('visibilitychange'));`,
  );
}
