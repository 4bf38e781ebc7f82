import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const isLong = process.env['GATHERD_TEST_LONG'] === '1';

const SUPPORT = fileURLToPath(new URL('server/tests/support/', import.meta.url));

export default defineConfig({
  // Else the tests would hash passwords for a third of their time. By these very names only the product asks for its own;
  // tests of them take another way.
  resolve: {
    alias: [
      { find: /^\.\/hash-thread\.js$/, replacement: `${SUPPORT}hash-here.ts` },
      { find: /^\.\/hash-cost\.js$/, replacement: `${SUPPORT}cheap-hashes.ts` },
    ],
  },
  test: {
    include: ['server/**/*.test.ts', 'client/**/*.test.ts', 'protocol/**/*.test.ts'],
    testTimeout: isLong ? 600_000 : 60_000,
    hookTimeout: 60_000,
    // A second is not enough where the machine is busy.
    expect: { poll: { timeout: 15_000 } },
    globalSetup: ['server/tests/support/database-template.ts', 'client/tests/support/chromium.ts'],
    pool: 'forks',
    // More than a small machine has cores: tests of processes wait a good deal of their time.
    maxWorkers: 3,
    // Modules are loaded once for all files, which takes as long as half of the tests.
    isolate: false,
  },
});
