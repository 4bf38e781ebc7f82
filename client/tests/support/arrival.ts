import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** Has a page note when a text first stands in it. {@link arrivedAt} says when that was. */
export async function noteArrival(page: Page, text: string): Promise<void> {
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

/** When the noted text came, by the clock that all pages of a browser share; in milliseconds. */
export async function arrivedAt(page: Page): Promise<number> {
  return page.evaluate<number>('window.arrivedAt');
}

/** When a page's last request to a path of the server's was answered, by the same clock. */
export async function answeredAt(page: Page, path: string): Promise<number> {
  const answered = `performance.timeOrigin + (performance.getEntriesByType('resource')
    .findLast(({ name }) => new URL(name).pathname === ${JSON.stringify(path)})?.responseEnd ?? NaN)`;
  await expect.poll(() => page.evaluate<number>(answered)).toBeGreaterThan(0);
  return page.evaluate<number>(answered);
}
