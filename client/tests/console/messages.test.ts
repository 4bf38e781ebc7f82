import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import type { StoredMessagesPage } from '../../../protocol/stored-messages.js';
import type { ConsoleRig } from '../support/console-rig.js';
import { accessibilityProblems, describeWithConsole, PASSWORD, picture } from '../support/console-rig.js';
import { longestOfThree } from '../support/arrival.js';
import { GatherCli } from '../support/gather-cli.js';
import { grid, live, numbersInSight, rowOf, sendByPage, store } from '../support/messages-page.js';

const PHONE = { width: 360, height: 740 };
/** Has room for all that is sent through a crash. */
const TALL = { width: 1280, height: 6_000 };
const [SENDERS, SENT_BY_EACH] = [4, 25];
const MARKUP = '<img src=x onerror=alert(1)><script>alert(2)</script>\u202e${7*7}';

describeWithConsole('the page of messages', { isProcess: true }, (rig) => {
  beforeAll(async () => {
    await rig.createUser('carol', { role: 'user' });
    await rig.createUser('bob', { role: 'moderator' });
  });

  test('says that it is empty, sends a message, and says which number it got', async () => {
    const { page } = await rig.logIn('admin', '/messages');
    await page.getByText('There are no messages yet').waitFor();
    await picture(page, 'messages-empty');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('Type a message first.').waitFor();
    await sendByPage(page, 'x', 'no topic');
    await page.getByText('It must be 1 to 64 letters').waitFor();
    await sendByPage(page, MARKUP, 'markup');
    await page.getByText('Stored as number 1.').waitFor();
    await rowOf(page, MARKUP).waitFor();
    expect(await page.getByLabel('Message to send').inputValue()).toBe('');
    expect(await page.locator('img[src=x]').count()).toBe(0);
  });

  test('shows a second browser the first one’s message within a second of the answer', async () => {
    const { page } = await rig.logIn('bob', '/messages');
    const other = await rig.logIn('admin', '/messages');
    await Promise.all([live(page), live(other.page)]);
    const send = async (text: string): Promise<void> => {
      await page.getByLabel('Message to send').fill(text);
      await page.getByRole('button', { name: 'Send' }).click();
    };
    // Some times: the machine may be busy with other things.
    await expect
      .poll(() => longestOfThree({ from: page, path: '/v1/messages', send, to: other.page }))
      .toBeLessThan(1000);
  });

  test('goes on where its frame becomes lower just as it moves on', async () => {
    await store(
      rig,
      Array.from({ length: 40 }, (_, at) => `line ${String(at)}`),
    );
    const { page } = await rig.logIn('admin', '/messages');
    await live(page);
    await rowOf(page, 'line 39').waitFor();
    await grid(page).evaluate((element) => {
      element.style.maxHeight = '200px';
      element.dispatchEvent(new Event('scroll'));
    });
    await store(rig, ['the next one']);
    await rowOf(page, 'the next one').waitFor();
    await live(page);
  });

  test('shows times whole where they are long', async () => {
    await store(rig, ['now']);
    const { page } = await rig.logIn('admin', '/messages', { locale: 'en-US' });
    await rowOf(page, 'now').first().waitFor();
    const cut = await grid(page).evaluate((element) =>
      [...element.querySelectorAll('[role=gridcell]:has(> time)')]
        .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
        .map(({ textContent }) => textContent),
    );
    expect(cut).toEqual([]);
  });

  test('pauses, says how many came meanwhile, and goes on where it stopped', async () => {
    const { page } = await rig.logIn('admin', '/messages');
    await live(page);
    await store(rig, ['before the pause']);
    await rowOf(page, 'before the pause').waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused', { exact: true }).waitFor();
    await store(
      rig,
      Array.from({ length: 20 }, (_value, index) => `while it paused ${String(index)}`),
    );
    await page.getByText('20 messages came meanwhile.').waitFor();
    expect(await rowOf(page, 'while it paused').count()).toBe(0);
    await picture(page, 'messages-paused');
    await page.getByRole('button', { name: 'Resume' }).click();
    await rowOf(page, 'while it paused 19').waitFor();
    const numbers = await numbersInSight(page);
    expect(numbers).toEqual(numbers.map((_number, index) => (numbers[0] ?? 0) + index));
  });

  test('filters by user, topic and text, and keeps the filters in its address', async () => {
    const token = await rig.tokenOf('bob');
    await rig.ask(
      'POST',
      '/v1/messages',
      [
        { message: 'needle 1', topic: 'hay' },
        { message: 'straw', topic: 'hay' },
      ],
      token,
    );
    await store(rig, ['needle 2'], 'hay');
    const { page } = await rig.logIn('admin', '/messages');
    await page.getByLabel('User', { exact: true }).fill('bob');
    await page.getByLabel('Topic', { exact: true }).fill('hay');
    await page.getByLabel('Text in the message').fill('needle');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.waitForURL(/user=bob&topic=hay&contains=needle/);
    await live(page);
    await rowOf(page, 'needle 1').waitFor();
    await rig.ask(
      'POST',
      '/v1/messages',
      [
        { message: 'straw 2', topic: 'hay' },
        { message: 'needle 3', topic: 'hay' },
      ],
      token,
    );
    await rowOf(page, 'needle 3').waitFor();
    const shown = async () => (await grid(page).locator('[role=gridcell]:last-child').allInnerTexts()).join();
    expect(await shown()).toBe('needle 1,needle 3');
    await page.reload();
    await rowOf(page, 'needle 3').waitFor();
    expect(await shown()).toBe('needle 1,needle 3');
    expect(await page.getByLabel('User', { exact: true }).inputValue()).toBe('bob');
    await page.getByLabel('Text in the message').fill('in no message');
    await page.getByLabel('Text in the message').press('Enter');
    await page.getByText('No message fits the filters').waitFor();
    await page.goBack();
    await rowOf(page, 'needle 3').waitFor();
    await page.goto(`${rig.gatherd.url}/console/messages?user=bob&topic=a%20b`);
    await page.getByText('It must be 1 to 64').waitFor();
    await live(page);
    await rowOf(page, 'straw 2').waitFor();
  });

  test('shows those without messages:read what they have sent themselves, and says so', async () => {
    const token = await rig.tokenOf('carol');
    await rig.ask('POST', '/v1/messages', [{ message: 'of carol' }], token);
    const { page } = await rig.logIn('carol', '/messages', { viewport: PHONE });
    await page.getByText('These are your own messages.').waitFor();
    await rowOf(page, 'of carol').waitFor();
    await page.getByText('Every 2 s').waitFor();
    await rig.ask('POST', '/v1/messages', [{ message: 'also of carol' }], token);
    await rowOf(page, 'also of carol').waitFor();
    expect(await grid(page).getByRole('row').count()).toBe(3);
    expect(await page.getByLabel('User', { exact: true }).count()).toBe(0);
    await picture(page, 'messages-own-phone');
  });

  test('shows a message with all of its fields, by keyboard alone, and copies it', async () => {
    const message = { level: 'error', list: [1, { two: MARKUP }] };
    await rig.ask('POST', '/v1/messages', [{ message, topic: 'json', time: '2026-11-21T02:44:57.5+01:00' }]);
    const { page } = await rig.logIn('admin', '/messages?topic=json');
    await rowOf(page, 'level').waitFor();
    await grid(page).focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    const detail = page.getByRole('dialog');
    await detail.getByText('2026-11-21T02:44:57.5+01:00').waitFor();
    expect(await detail.locator('pre').innerText()).toBe(JSON.stringify(message, undefined, 2));
    await expect.poll(() => page.evaluate('document.getAnimations().length')).toBe(0);
    await picture(page, 'messages-detail');
    expect(await accessibilityProblems(page)).toEqual([]);
    await detail.getByRole('button', { name: 'Copy the message' }).click();
    await detail.getByText('Copied').waitFor();
    await page.keyboard.press('Escape');
    await detail.waitFor({ state: 'hidden' });
    await expect.poll(() => page.evaluate("document.activeElement?.getAttribute('role')")).toBe('grid');
    expect(await pasted(page)).toBe(JSON.stringify(message));
    await grid(page).focus();
    await page.keyboard.press('Enter');
    await detail.getByRole('button', { name: 'Copy the record as JSON' }).click();
    await detail.getByText('Copied').waitFor();
    await page.keyboard.press('Escape');
    await detail.waitFor({ state: 'hidden' });
    const record = JSON.parse(await pasted(page)) as unknown;
    expect(record).toMatchObject({
      message,
      user: 'admin',
      topic: 'json',
      time: '2026-11-21T02:44:57.5+01:00',
    });
  });

  test('jumps to a number, to a time and to the oldest, and back to the newest', async () => {
    const texts = Array.from({ length: 300 }, (_value, index) => `many ${String(index)}.`);
    await store(rig, texts, 'many');
    const first = await firstOf(rig, 'many');
    const { page } = await rig.logIn('admin', '/messages?topic=many');
    const chosen = page.locator('[aria-selected=true]');
    await live(page);
    await rowOf(page, 'many 299.').waitFor();
    await jump(page, 'Number', String(first + 1));
    await rowOf(page, 'many 1.').and(chosen).waitFor();
    await page.waitForURL(/topic=many&at=/);
    await page.getByText('Not following', { exact: true }).waitFor();
    await page.reload();
    await rowOf(page, 'many 1.').and(chosen).waitFor();
    await page.getByRole('button', { name: 'Jump to newest' }).click();
    await rowOf(page, 'many 299.').waitFor();
    await jump(page, 'Time', '2020-01-01T00:00:00');
    await rowOf(page, 'many 0.').and(chosen).waitFor();
    await grid(page).focus();
    await page.keyboard.press('Control+End');
    await rowOf(page, 'many 299.').waitFor();
    // One click in the list does not make its own scrolling that of a person.
    await rowOf(page, 'many 299.').click();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await jump(page, 'Number', String(first + 298));
    await rowOf(page, 'many 298.').and(chosen).waitFor();
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    await page.getByText('Not following', { exact: true }).waitFor();
    await grid(page).focus();
    await page.keyboard.press('Control+Home');
    await rowOf(page, 'many 0.').waitFor();
    await jump(page, 'Time', '2120-01-01T00:00:00');
    await page.getByText('There is nothing at that place or later.').waitFor();
  });

  test.each(['ndjson', 'csv'] as const)('downloads as %s what gather export writes', async (format) => {
    await using cli = await GatherCli.create({
      GATHER_SERVER: rig.gatherd.url,
      GATHER_USER: 'bob',
      GATHER_PASSWORD: PASSWORD,
    });
    const { page } = await rig.logIn('bob', '/messages?topic=hay');
    await live(page);
    await page.getByRole('button', { name: 'Download' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: format.toUpperCase() }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(
      new RegExp(`^messages-\\d{4}-\\d\\d-\\d\\dT\\d{6}Z\\.${format}$`),
    );
    const { stdout } = await cli.run(['export', '--format', format, '--topic', 'hay']);
    const content = await readFile(await download.path(), 'utf8');
    expect(content.split('\n').length).toBeGreaterThan(4);
    expect(content).toBe(stdout);
  });

  test('a server that is killed while messages come, and comes back, leaves no gap and repeats nothing', async () => {
    const { page } = await rig.logIn('admin', '/messages?topic=killed', { viewport: TALL });
    await live(page);
    const crash = async (): Promise<void> => {
      await rig.stop();
      await page.getByText('Reconnecting').waitFor();
      await rig.startAgain();
    };
    const { acknowledged, inDoubt } = await sendThrough(crash, (text) => store(rig, [text], 'killed'));
    await live(page);
    await store(rig, ['the end'], 'killed');
    await rowOf(page, 'the end').waitFor();
    const shown = await grid(page).locator('[role=gridcell]:last-child').allInnerTexts();
    const { messages } = (await rig.ask(
      'GET',
      '/v1/messages?topic=killed&order=oldest&limit=1000',
    )) as StoredMessagesPage;
    expect(shown).toEqual(messages.map(({ message }) => message));
    expect(new Set(shown).size).toBe(shown.length);
    expect(shown).toEqual(expect.arrayContaining(acknowledged));
    expect(acknowledged.length + inDoubt.length).toBe(SENDERS * SENT_BY_EACH);
    expect(inDoubt).not.toEqual([]);
  });

  test('shows who may only follow the feed what comes from now on, and all of a long message', async () => {
    await rig.createUser('watcher', { permissions: ['feed:read'] });
    await store(rig, ['before the watcher came']);
    const { page } = await rig.logIn('watcher', '/messages');
    const refused: string[] = [];
    page.on('response', (response) => {
      if (response.status() >= 400) refused.push(response.url());
    });
    await live(page);
    await page.getByText('Messages appear here as they come.').waitFor();
    await page.getByText('What comes appears here.').waitFor();
    const long = `to be watched ${'x'.repeat(3_000)}`;
    await store(rig, [long]);
    await rowOf(page, 'to be watched').click();
    await expect.poll(() => page.getByRole('dialog').locator('pre').innerText()).toBe(long);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await grid(page).and(page.locator(':focus')).waitFor();
    expect(await rowOf(page, 'before the watcher came').count()).toBe(0);
    expect(await page.getByRole('button', { name: /Send|Download|Jump to/ }).count()).toBe(0);
    await page.getByLabel('Topic', { exact: true }).fill('watched');
    await page.getByLabel('Topic', { exact: true }).press('Enter');
    await page.getByText('No message fits the filters').waitFor();
    await picture(page, 'messages-watcher');
    expect(refused).toEqual([]);
  });

  test('what was typed stays when the session ends elsewhere', async () => {
    const { page } = await rig.logIn('carol', '/messages');
    await page.getByText('Every 2 s').waitFor();
    await page.getByLabel('Message to send').fill('typed before the end');
    await rig.ask('DELETE', '/v1/users/carol/sessions');
    await page.getByRole('dialog', { name: 'Log in again' }).waitFor();
    expect(await page.getByLabel('Message to send').inputValue()).toBe('typed before the end');
  });
});

/** Sends from several sides at once, with a crash in their midst. */
async function sendThrough(crash: () => Promise<void>, send: (text: string) => Promise<void>) {
  const acknowledged: string[] = [];
  const inDoubt: string[] = [];
  let crashing: Promise<void> | undefined;
  const sendAll = async (sender: number): Promise<void> => {
    for (let number = 0; number < SENT_BY_EACH; number += 1) {
      const text = `${String(sender)}-${String(number)}.`;
      try {
        await send(text);
        acknowledged.push(text);
      } catch {
        inDoubt.push(text);
        await crashing;
      }
      // Not waited for: the others go on sending into it.
      if (acknowledged.length >= 2 * SENDERS) crashing ??= crash();
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, (_value, sender) => sendAll(sender)));
  await crashing;
  return { acknowledged, inDoubt };
}

async function jump(page: Page, label: 'Number' | 'Time', place: string): Promise<void> {
  await page.getByRole('button', { name: 'Jump to', exact: true }).click();
  await page.getByLabel(label, { exact: true }).fill(place);
  await page.getByRole('button', { name: `Go to the ${label.toLowerCase()}` }).click();
}

async function firstOf(rig: ConsoleRig, topic: string): Promise<number> {
  const page = await rig.ask('GET', `/v1/messages?topic=${topic}&order=oldest&limit=1`);
  return (page as StoredMessagesPage).messages[0]?.seq ?? 0;
}

// No page may read the clipboard, but a person may paste.
async function pasted(page: Page): Promise<string> {
  const field = page.getByLabel('Message to send');
  await field.fill('');
  await field.press('Control+V');
  await expect.poll(() => field.inputValue()).not.toBe('');
  return field.inputValue();
}
