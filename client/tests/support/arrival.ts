import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { until } from '../../../server/tests/support/until.js';

/** A page that sends, a page that shows, and how. */
export interface Delivery {
  readonly from: Page;
  /** Of the request that the sending page sends with a text. */
  readonly path: string;
  readonly send: (text: string) => Promise<void>;
  readonly to: Page;
}

/**
 * Sends a text that was not sent before, and tells how long after the answer to it another page of the same browser shows it, in
 * milliseconds by the clock that they share; below 0 where it came before the answer.
 */
async function delayOf({ from, path, send, to }: Delivery): Promise<number> {
  const text = `at ${randomUUID()}`;
  await from.evaluate('performance.clearResourceTimings()');
  await noteArrival(to, text);
  await send(text);
  const arrived = await to.evaluate<number>('window.arrivedAt');
  return arrived - (await answeredAt(from, path));
}

/** The longest of three in a row: of what goes by a rhythm or in batches, not all are quick. */
export async function longestOfThree(delivery: Delivery): Promise<number> {
  const delays = [await delayOf(delivery), await delayOf(delivery), await delayOf(delivery)];
  return Math.max(...delays);
}

async function noteArrival(page: Page, text: string): Promise<void> {
  await page.evaluate(`
    window.arrivedAt = new Promise((resolve) => {
      const observer = new MutationObserver(() => {
        if (!document.body.textContent.includes(${JSON.stringify(text)})) return;
        observer.disconnect();
        resolve(performance.timeOrigin + performance.now());
      });
      observer.observe(document.body, { childList: true, subtree: true, characterData: true });
    });
    undefined;
  `);
}

async function answeredAt(page: Page, path: string): Promise<number> {
  const answered = `performance.timeOrigin + (performance.getEntriesByType('resource')
    .find(({ name }) => new URL(name).pathname === ${JSON.stringify(path)})?.responseEnd ?? NaN)`;
  return until(`an answer to ${path}`, async () => {
    const time = await page.evaluate<number>(answered);
    return Number.isNaN(time) ? undefined : time;
  });
}
