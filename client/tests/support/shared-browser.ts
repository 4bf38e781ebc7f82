import { type Browser, chromium } from 'playwright-core';
import { CHROMIUM } from './chromium.js';
import { KeptTabs } from './kept-tabs.js';

let shared: Promise<KeptTabs> | undefined;

/** The tabs of the one browser of all test files that run in this process: it is begun when it is needed, and ends with the process. */
export async function sharedTabs(): Promise<KeptTabs> {
  const tabs = await shared?.catch(() => undefined);
  if (tabs?.browser.isConnected() === true) return tabs;
  shared = launch().then((browser) => new KeptTabs(browser));
  return shared;
}

function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM ?? '',
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
    env: { ...process.env, HOME: process.env['GATHERD_TEST_BROWSER_HOME'] ?? process.env['HOME'] },
  });
}
