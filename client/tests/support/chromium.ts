import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The browser of the tests; undefined where there is none. GATHERD_TEST_CHROMIUM names another one. */
export const CHROMIUM = [process.env['GATHERD_TEST_CHROMIUM'] ?? PLACES]
  .flat()
  .find((path) => existsSync(path));

/** How to get one. */
export const WITHOUT_CHROMIUM =
  'there is no chromium here. Run "apt-get install chromium", or give GATHERD_TEST_CHROMIUM=/path/to/chromium, and run the tests again';

/** Says once, before all tests, which of them are skipped; else makes a home for what the browsers write. */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (CHROMIUM === undefined) {
    process.stderr.write(`The tests of the console are skipped: ${WITHOUT_CHROMIUM}.\n`);
    return undefined;
  }
  const home = await mkdtemp(join(tmpdir(), 'gatherd-browser-'));
  process.env['GATHERD_TEST_BROWSER_HOME'] = home;
  return async () => {
    await rm(home, { recursive: true, force: true });
  };
}
