import { defineConfig } from 'vitest/config';

const isLong = process.env['GATHERD_TEST_LONG'] === '1';

export default defineConfig({
  test: {
    include: ['server/**/*.test.ts', 'client/**/*.test.ts', 'protocol/**/*.test.ts'],
    testTimeout: isLong ? 600_000 : 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
