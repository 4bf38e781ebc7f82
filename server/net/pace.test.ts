import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Pace } from './pace.js';

const perSecond = fc.integer({ min: 1, max: 1000 });
const pauses = fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 300 });

/** When each goes, of one that waits as it is told, and so long beside that. */
function timesOf(rate: number, extraPauses: readonly number[]): number[] {
  let now = 0;
  const pace = new Pace(rate, () => now);
  return extraPauses.map((pause) => {
    now += pause;
    const at = now;
    now += pace.take();
    return at;
  });
}

test('lets no more through in any time than a second’s worth and what that time is good for', () => {
  fc.assert(
    fc.property(perSecond, pauses, (rate, extra) => {
      const times = timesOf(rate, extra);
      for (const [first, from] of times.entries())
        for (const [index, to] of times.slice(first).entries())
          expect(index + 1).toBeLessThanOrEqual(rate + ((to - from) * rate) / 1000 + 1e-6);
    }),
  );
});

test('keeps nobody waiting who is slower than that', () => {
  fc.assert(
    fc.property(perSecond, fc.integer({ min: 1, max: 200 }), (rate, count) => {
      let now = 0;
      const pace = new Pace(rate, () => now);
      const pause = 1000 / rate + 1;
      for (let taken = 0; taken < count; taken += 1) {
        expect(pace.take()).toBeLessThanOrEqual(pause);
        now += pause;
      }
    }),
  );
});

test('lets a second’s worth through at once, then one after the other', () => {
  let now = 0;
  const pace = new Pace(4, () => now);
  expect([pace.take(), pace.take(), pace.take(), pace.take(), pace.take()]).toEqual([0, 0, 0, 250, 500]);
  now += 500;
  expect(pace.take()).toBe(250);
  now += 60_000;
  expect([pace.take(), pace.take(), pace.take(), pace.take()]).toEqual([0, 0, 0, 250]);
});

test('is off at 0', () => {
  const pace = new Pace(0);
  for (let taken = 0; taken < 10_000; taken += 1) expect(pace.take()).toBe(0);
});
