import { type Browser, chromium } from 'playwright-core';

const shared = new Map<string, Promise<Browser>>();

/** The one browser of all test files that run in this process: it is begun when it is needed, and ends with the process. */
export async function sharedBrowser(executablePath: string): Promise<Browser> {
  const running = await shared.get(executablePath)?.catch(() => undefined);
  if (running?.isConnected() === true) return running;
  const launched = chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
    env: { ...process.env, HOME: process.env['GATHERD_TEST_BROWSER_HOME'] ?? process.env['HOME'] },
  });
  shared.set(executablePath, launched);
  return launched;
}
