import type { CDPSession, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import type { ConsoleRig } from '../support/console-rig.js';
import { describeWithConsole } from '../support/console-rig.js';
import { grid, live, numbersInSight, rowOf } from '../support/messages-page.js';

const COUNT = 1_000_000;
const MAX_DOM_ROWS = 200;
const MAX_HEAP_MIB = 200;
/** What one step of a person may cost the page's thread: its own time, not what others of the machine take. */
const MAX_STEP_SECONDS = 2;
/** More than the page holds. */
const SCROLLED = 8_000;
/** As many as come in a second at the most, in so many requests. */
const BURST = { messages: 20_000, requests: 10 };

describeWithConsole('a million messages', {}, (rig) => {
  beforeAll(async () => {
    await storeLines(rig, 'line', { messages: COUNT, requests: 4 });
  });

  test('are scrolled through from the newest to the oldest without the page growing or standing still', async () => {
    const { page, context } = await rig.logIn('admin', '/messages');
    const cdp = await context.newCDPSession(page);
    await cdp.send('Performance.enable');
    await live(page);
    await rowOf(page, `line ${String(COUNT)}.`).waitFor();
    const before = await heapMib(cdp);
    const steps = await Steps.of(cdp);
    await grid(page).hover();
    await scrollBack(page, COUNT - SCROLLED, steps);
    await grid(page).focus();
    await page.keyboard.press('Control+Home');
    await rowOf(page, 'line 1.').waitFor();
    await page.mouse.wheel(0, 9_000);
    await expect.poll(async () => (await numbersInSight(page)).at(-1)).toBeGreaterThan(300);
    await steps.note();
    // The row that the keys start from stays in the page.
    const [chosen, ...numbers] = await numbersInSight(page);
    expect(chosen).toBe(1);
    expect(numbers).toEqual(numbers.map((_number, index) => (numbers[0] ?? 0) + index));
    const after = await heapMib(cdp);
    process.stderr.write(
      `a million messages: heap ${before.toFixed(0)} → ${after.toFixed(0)} MiB, longest step ${steps.longest.toFixed(2)} s\n`,
    );
    expect(after).toBeLessThan(MAX_HEAP_MIB);
    expect(steps.longest).toBeLessThan(MAX_STEP_SECONDS);
  });

  test('that come at once are shown to the last, without the page growing or standing still', async () => {
    const { page, context } = await rig.logIn('admin', '/messages');
    const cdp = await context.newCDPSession(page);
    await cdp.send('Performance.enable');
    await live(page);
    await rowOf(page, `line ${String(COUNT)}.`).waitFor();
    const steps = await Steps.of(cdp);
    const stored = storeLines(rig, 'burst', BURST);
    await expect
      .poll(
        async () => {
          await steps.note();
          return rowOf(page, `burst ${String(BURST.messages)}.`).count();
        },
        { interval: 250 },
      )
      .toBe(1);
    await stored;
    const numbers = await numbersInSight(page);
    expect(numbers).toEqual(numbers.map((_number, index) => (numbers[0] ?? 0) + index));
    expect(numbers.at(-1)).toBe(COUNT + BURST.messages);
    expect(numbers.length).toBeLessThan(MAX_DOM_ROWS);
    expect(await heapMib(cdp)).toBeLessThan(MAX_HEAP_MIB);
    expect(steps.longest).toBeLessThan(MAX_STEP_SECONDS);
    process.stderr.write(`a burst of messages: longest step ${steps.longest.toFixed(2)} s\n`);
  });

  test('are downloaded no further once their page is left', async () => {
    const { page } = await rig.logIn('admin', '/messages');
    await live(page);
    let asked = 0;
    page.on('request', (request) => {
      if (request.url().includes('order=oldest')) asked += 1;
    });
    await page.getByRole('button', { name: 'Download' }).click();
    await page.getByRole('menuitem', { name: 'CSV' }).click();
    await expect.poll(() => asked).toBeGreaterThan(2);
    await page.getByRole('link', { name: 'Chat' }).click();
    await page.getByRole('heading', { name: 'Chat' }).waitFor();
    const left = asked;
    // Long enough for one page after the other, as before.
    await page
      .waitForRequest((request) => request.url().includes('order=oldest') && asked > left + 1, {
        timeout: 1_000,
      })
      .catch(() => undefined);
    expect(asked).toBeLessThanOrEqual(left + 1);
  });
});

async function storeLines(
  rig: ConsoleRig,
  word: string,
  { messages, requests }: { readonly messages: number; readonly requests: number },
): Promise<void> {
  const token = await rig.tokenOf('admin');
  const per = messages / requests;
  for (let part = 0; part < requests; part += 1) {
    const lines = Array.from(
      { length: per },
      (_value, index) => `{"message":"${word} ${String(part * per + index + 1)}."}\n`,
    );
    const response = await fetch(`${rig.gatherd.url}/v1/messages`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/x-ndjson' },
      body: lines.join(''),
    });
    if (!response.ok) throw new Error(await response.text());
  }
}

// As a person does with a wheel; what is in sight has no hole at any time.
async function scrollBack(page: Page, seq: number, steps: Steps): Promise<void> {
  for (;;) {
    for (let count = 0; count < 5; count += 1) await page.mouse.wheel(0, -1_500);
    const numbers = await numbersInSight(page);
    await steps.note();
    expect(numbers.length).toBeLessThan(MAX_DOM_ROWS);
    expect(numbers).toEqual(numbers.map((_number, index) => (numbers[0] ?? 0) + index));
    if ((numbers[0] ?? 0) < seq) return;
  }
}

/** How long the thread of a page has worked at each step. */
class Steps {
  longest = 0;
  readonly #cdp: CDPSession;
  #before: number;

  private constructor(cdp: CDPSession, before: number) {
    this.#cdp = cdp;
    this.#before = before;
  }

  static async of(cdp: CDPSession): Promise<Steps> {
    return new Steps(cdp, await metricOf(cdp, 'ThreadTime'));
  }

  /** A step is done. */
  async note(): Promise<void> {
    const now = await metricOf(this.#cdp, 'ThreadTime');
    this.longest = Math.max(this.longest, now - this.#before);
    this.#before = now;
  }
}

async function heapMib(cdp: CDPSession): Promise<number> {
  await cdp.send('HeapProfiler.collectGarbage');
  return (await metricOf(cdp, 'JSHeapUsedSize')) / 1024 / 1024;
}

async function metricOf(cdp: CDPSession, wanted: string): Promise<number> {
  const { metrics } = await cdp.send('Performance.getMetrics');
  const found = metrics.find(({ name }) => name === wanted);
  if (found === undefined) throw new Error(`There is no metric ${wanted}`);
  return found.value;
}
