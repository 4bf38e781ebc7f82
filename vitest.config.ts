import { defineConfig } from 'vitest/config';
import { PATIENCE_MS } from './server/tests/support/patience.js';

const isLong = process.env['GATHERD_TEST_LONG'] === '1';

export default defineConfig({
  test: {
    include: ['server/**/*.test.ts', 'client/**/*.test.ts', 'protocol/**/*.test.ts'],
    // Longer than any wait within a test, which knows better what did not come.
    testTimeout: isLong ? 900_000 : 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: PATIENCE_MS } },
    globalSetup: ['server/tests/support/database-template.ts', 'client/tests/support/chromium.ts'],
    pool: 'forks',
    // More than a small machine has cores: tests of processes wait a good deal of their time.
    maxWorkers: 3,
    // Modules are loaded once for all files, which takes as long as half of the tests.
    isolate: false,
  },
});
