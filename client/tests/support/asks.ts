import type { Page } from 'playwright-core';

/** What a page asks the server for from now on, of some paths. */
export function asksOf(page: Page, ...paths: readonly string[]): readonly string[] {
  const asks: string[] = [];
  page.on('request', (request) => {
    const { pathname, search } = new URL(request.url());
    if (paths.includes(pathname)) asks.push(`${request.method()} ${pathname}${search}`);
  });
  return asks;
}
