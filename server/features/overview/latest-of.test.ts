import fc from 'fast-check';
import { expect, test } from 'vitest';
import { latestOf } from './latest-of.js';

test('the latest are those that come first when all are sorted, and all are counted', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(50), { maxLength: 200 }),
      fc.integer({ min: 1, max: 12 }),
      async (times, limit) => {
        const sorted = [...times].sort((one, other) => other - one);
        const found = await latestOf(times, limit, (time) => time);
        expect(found).toEqual({ latest: sorted.slice(0, limit), count: times.length });
      },
    ),
  );
});
