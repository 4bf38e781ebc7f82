import { type Browser, chromium } from 'playwright-core';
import { CHROMIUM } from './chromium.js';

let shared: Promise<Browser> | undefined;

/** The one browser of all test files that run in this process: it is begun when it is needed, and ends with the process. */
export async function sharedBrowser(): Promise<Browser> {
  const running = await shared?.catch(() => undefined);
  if (running?.isConnected() === true) return running;
  shared = chromium.launch({
    executablePath: CHROMIUM ?? '',
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
    env: { ...process.env, HOME: process.env['GATHERD_TEST_BROWSER_HOME'] ?? process.env['HOME'] },
  });
  return shared;
}
