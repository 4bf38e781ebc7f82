import { defineConfig } from 'vitest/config';

const isLong = process.env['GATHERD_TEST_LONG'] === '1';

export default defineConfig({
  test: {
    include: ['server/**/*.test.ts', 'client/**/*.test.ts', 'protocol/**/*.test.ts'],
    testTimeout: isLong ? 600_000 : 120_000,
    hookTimeout: 120_000,
    // A second is not enough where the machine is busy.
    expect: { poll: { timeout: 30_000 } },
    globalSetup: ['server/tests/support/database-template.ts', 'client/tests/support/chromium.ts'],
    pool: 'forks',
    // More than a small machine has cores: tests of processes wait a good deal of their time.
    maxWorkers: 3,
    // Modules are loaded once for all files, which takes as long as half of the tests.
    isolate: false,
  },
});
