import { existsSync } from 'node:fs';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The browser of the tests; undefined where there is none. GATHERD_TEST_CHROMIUM names another one. */
export const CHROMIUM = [process.env['GATHERD_TEST_CHROMIUM'] ?? PLACES]
  .flat()
  .find((path) => existsSync(path));

/** How to get one. */
export const WITHOUT_CHROMIUM =
  'there is no chromium here. Run "apt-get install chromium", or give GATHERD_TEST_CHROMIUM=/path/to/chromium, and run the tests again';

/** Says once, before all tests, which of them are skipped. */
export function setup(): void {
  if (CHROMIUM === undefined)
    process.stderr.write(`The tests of the console are skipped: ${WITHOUT_CHROMIUM}.\n`);
}
