import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import type { Overview } from '../../../protocol/overview.js';
import {
  accessibilityProblems,
  describeWithConsole,
  logIn,
  PASSWORD,
  picture,
} from '../support/console-rig.js';

/** The grid's colour, which is drawn on whole pixels. */
const LIGHT_GRID = 0xffefece9;
const XSS = '<img src=x onerror=alert(1)>';

describeWithConsole('the overview', {}, (rig) => {
  let dale: string;

  beforeAll(async () => {
    await rig.createUser('dale');
    await rig.createUser('eve', { role: 'moderator' });
    dale = await rig.tokenOf('dale');
  });

  const look = async (): Promise<Overview> => (await rig.ask('GET', '/v1/overview')) as Overview;
  const send = (message: string, topic: string, token = dale) =>
    rig.ask('POST', '/v1/messages', { message, topic }, token);

  test('without a message it shows what it will show, for each range', async () => {
    const { page } = await rig.logIn('admin', '/overview');
    await page.getByText('No messages since the server has started.').first().waitFor();
    await page.getByText('24 h').click();
    await plot(page, 'Messages').and(page.getByLabel('the last 24 hours')).waitFor();
    expect(await summary(page, 'Messages')).toContain('the last 24 hours');
    await page.getByText('No numbered streams').waitFor();
    await page.getByText('gather send --spool').waitFor();
    await picture(page, 'overview-empty');
    await page.getByText('2 h', { exact: true }).click();
    await plot(page, 'Messages').and(page.getByLabel('the last 2 hours')).waitFor();
  });

  test('it is there where the browser calls its language what is none', async () => {
    const { page } = await rig.open('/', { isForOneTest: true });
    await page.addInitScript(`Object.defineProperty(Navigator.prototype, 'language', { get: () => 'C' })`);
    await page.goto(`${rig.gatherd.url}/console/overview`);
    await logIn(page, 'admin');
    await plot(page, 'Messages').waitFor();
  });

  test('what is sent is in the plots soon, by user and by topic, without a reload', async () => {
    const { page } = await rig.logIn('admin', '/overview');
    await page.getByText('No messages since the server has started.').first().waitFor();
    const eve = await rig.tokenOf('eve');
    for (const topic of ['db', 'db', '']) {
      if (topic === '') await rig.ask('POST', '/v1/messages', { message: 'without' }, eve);
      else await send('first', topic);
    }
    await expect.poll(() => summary(page, 'Messages')).toMatch(/highest [1-3]\/s at .*dale .*eve /s);
    expect(await summary(page, 'Bytes')).toMatch(/highest [\d.]+ B\/s at .*On average: .*dale/s);
    expect(await summary(page, 'Commit')).toMatch(/Longest: latest [\d.]+ ms, highest [\d.]+ ms at/);
    await page.getByText('By topic').click();
    await expect.poll(() => summary(page, 'Messages')).toMatch(/On average: db .*No topic/);
    expect(await page.getByRole('figure', { name: 'Messages per second by topic' }).count()).toBe(1);
    await expect.poll(() => coloursDrawn(page, 'Messages')).toBeGreaterThan(4);
  });

  test('the figures and the table are those of the server', async () => {
    const { page } = await rig.logIn('admin', '/overview');
    await page.getByRole('button', { name: 'Show as table: Messages per second' }).press('Enter');
    const table = page.getByRole('table', { name: 'Messages per second by user' });
    await expect
      .poll(() => table.getByRole('columnheader').allInnerTexts())
      .toEqual(['From', 'Total', 'dale', 'eve']);
    const cells = await table.getByRole('cell').allInnerTexts();
    const perSecond = cells.filter((_text, at) => at % 3 === 0).map((text) => Number.parseFloat(text));
    expect(perSecond.some((rate) => rate > 0)).toBe(true);
    const { dump } = await look();
    expect(await tile(page, 'Last seq')).toBe(String(dump.last_seq));
    expect(await tile(page, 'Dump')).toContain(dump.segments === 1 ? '1 segment' : 'segments');
    // The page itself follows the chat.
    await expect.poll(() => tile(page, 'Live feed')).toMatch(/^1\s+connection$/);
    await send('one more', 'db');
    await expect.poll(() => tile(page, 'Last seq')).toBe(String(dump.last_seq + 1));
    expect(await tile(page, 'Started')).toMatch(/^(now|\d+ (sec|min)\.? ago)$/);
    expect(await tile(page, 'Free space')).toMatch(/[GTP]iB|MiB/);
  });

  test('the pointer tells the numbers of its moment, in all of the plots', async () => {
    const { page } = await rig.logIn('admin', '/overview');
    const [messages, bytes] = [legend(page, 'Messages'), legend(page, 'Bytes')];
    await expect.poll(() => messages.innerText()).toContain('Latest');
    await plot(page, 'Messages').hover();
    await expect.poll(() => messages.innerText()).toMatch(/^\d\d:\d\d:\d\d/);
    await expect.poll(() => bytes.innerText()).toMatch(/^\d\d:\d\d:\d\d/);
    await page.getByRole('heading', { level: 1 }).hover();
    await expect.poll(() => bytes.innerText()).toContain('Latest');
  });

  test('endpoints and spooling clients come by themselves, and can be found', async () => {
    const { page } = await rig.logIn('admin', '/overview');
    await page.getByText('No numbered streams').waitFor();
    const producer = randomUUID();
    const numbered = await fetch(`${rig.gatherd.url}/v1/messages`, {
      method: 'POST',
      headers: {
        ...{ Authorization: `Bearer ${dale}`, 'Content-Type': 'application/json' },
        ...{ 'Gather-Producer': producer, 'Gather-Sequence': '1', 'User-Agent': 'a thing/1' },
      },
      body: JSON.stringify({ message: 'numbered' }),
    });
    expect(numbered.status).toBe(200);
    const streams = page.getByRole('table', { name: 'Spooling clients' });
    await expect.poll(() => rows(page, 'Spooling clients')).toEqual([expect.stringContaining(producer)]);
    expect(await streams.getByRole('row').last().innerText()).toMatch(/dale.*1\s.*(now|sec\.? ago)/s);
    const endpoints = await rows(page, 'Connected endpoints');
    expect(endpoints).toContainEqual(
      expect.stringMatching(/admin.*127\.0\.0\.1.*Login.*Chrome \d+ on Linux/s),
    );
    await page.getByLabel('Find by user, endpoint or client').fill('DALE');
    await expect.poll(() => rows(page, 'Connected endpoints')).toEqual([expect.stringContaining('dale')]);
    expect(await page.locator('time[title*="2"]').last().getAttribute('title')).toMatch(/\(\d{4}-.*Z\)$/);
    await page.getByLabel('Find by user, endpoint or client').fill('nobody at all');
    await page.getByText('None of them matches.').waitFor();
  });

  test('what senders made up is shown as text', async () => {
    await rig.createUser('mallory');
    const login = await fetch(`${rig.gatherd.url}/v1/sessions`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'User-Agent': XSS },
      body: JSON.stringify({ username: 'mallory', password: PASSWORD }),
    });
    const { token } = (await login.json()) as { token: string };
    await send(XSS, 'x', token);
    const { page } = await rig.logIn('admin', '/overview');
    await page.getByLabel('Find by user, endpoint or client').fill('mallory');
    await expect.poll(() => rows(page, 'Connected endpoints')).toEqual([expect.stringContaining(XSS)]);
    expect(await page.locator('img[src="x"]').count()).toBe(0);
  });

  test('the plots go with the colours and the width of the page', async () => {
    const { page } = await rig.logIn('admin', '/overview');
    await page.getByRole('button', { name: 'Show as table: Bytes' }).click();
    expect(await accessibilityProblems(page)).toEqual([]);
    const canvas = plot(page, 'Messages').locator('canvas');
    await expect.poll(() => colours(page, 'Messages')).toContain(LIGHT_GRID);
    await page.emulateMedia({ colorScheme: 'dark' });
    await expect.poll(() => colours(page, 'Messages')).not.toContain(LIGHT_GRID);
    const { width } = (await canvas.boundingBox()) ?? { width: 0 };
    await page.setViewportSize({ width: 400, height: 700 });
    await expect.poll(async () => (await canvas.boundingBox())?.width).toBeLessThan(width);
    await expect.poll(() => coloursDrawn(page, 'Messages')).toBeGreaterThan(4);
  });

  test('a server that was away is shown anew when it is back', async () => {
    const { page } = await rig.open('/overview');
    await logIn(page, 'admin');
    await expect.poll(() => summary(page, 'Messages')).toContain('dale');
    await rig.stop();
    await page.getByText('The server does not answer. Trying again').first().waitFor();
    expect(await summary(page, 'Messages')).toContain('dale');
    await rig.startAgain();
    await page.getByText('The server does not answer').first().waitFor({ state: 'detached' });
    await page.getByText('No messages since the server has started.').first().waitFor();
    const token = await rig.tokenOf('eve');
    await send('back', 'app', token);
    await expect.poll(() => summary(page, 'Messages')).toContain('eve');
  });
});

function figure(page: Page, title: string) {
  return page.getByRole('figure', { name: new RegExp(`^${title}`) });
}

function plot(page: Page, title: string) {
  return figure(page, title).getByRole('img');
}

function legend(page: Page, title: string) {
  return figure(page, title).getByRole('list');
}

async function summary(page: Page, title: string): Promise<string> {
  return (await plot(page, title).getAttribute('aria-label')) ?? '';
}

function tile(page: Page, title: string): Promise<string> {
  return page
    .locator('dl > div')
    .filter({ has: page.getByText(title, { exact: true }) })
    .locator('dd')
    .innerText();
}

async function rows(page: Page, title: string): Promise<string[]> {
  const all = await page.getByRole('table', { name: title }).getByRole('row').allInnerTexts();
  return all.slice(1);
}

/** How many colours a plot has: one that is not drawn has none but that of its canvas. */
async function coloursDrawn(page: Page, title: string): Promise<number> {
  return (await colours(page, title)).length;
}

/** The colours of a plot's canvas as numbers, `0xAABBGGRR`. */
function colours(page: Page, title: string): Promise<number[]> {
  return plot(page, title)
    .locator('canvas')
    .evaluate((canvas) => {
      const drawn = canvas as unknown as Canvas;
      const { data } = drawn.getContext('2d').getImageData(0, 0, drawn.width, drawn.height);
      return [...new Set(new Uint32Array(data.buffer))];
    });
}

interface Canvas {
  readonly width: number;
  readonly height: number;
  getContext(kind: '2d'): {
    getImageData(...box: readonly number[]): { readonly data: { readonly buffer: ArrayBuffer } };
  };
}
