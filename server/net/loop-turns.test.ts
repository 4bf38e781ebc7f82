import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LoopTurns } from './loop-turns.js';

function beBusy(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

test('a call is made at once where the turn has just begun', () => {
  const turns = new LoopTurns();
  let count = 0;
  for (let call = 0; call < 3; call += 1)
    void turns.run(() => {
      count += 1;
      return Promise.resolve();
    });
  expect(count).toBe(3);
});

test('those that take long have a turn each', async () => {
  const turns = new LoopTurns();
  let others = 0;
  let isDone = false;
  const other = () => {
    others += 1;
    if (!isDone) setImmediate(other);
  };
  setImmediate(other);
  const seen = await Promise.all(
    [0, 1, 2, 3].map((index) =>
      turns.run(() => {
        beBusy(8);
        return Promise.resolve(others >= index);
      }),
    ),
  );
  isDone = true;
  expect(seen).toEqual([true, true, true, true]);
});

test('one that fails holds up none', async () => {
  const turns = new LoopTurns();
  beBusy(8);
  const outcomes = await Promise.allSettled(
    [0, 1, 2].map((index) =>
      turns.run(() => {
        beBusy(8);
        return index === 1 ? Promise.reject(new Error('failed')) : Promise.resolve(index);
      }),
    ),
  );
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('calls begin in the order in which they came, however long each takes', async () => {
  const step = fc.record({
    busyMs: fc.constantFrom(0, 0, 3, 6),
    pause: fc.constantFrom('none', 'tick', 'turn'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const turns = new LoopTurns();
      const begun: number[] = [];
      const calls: Promise<void>[] = [];
      for (const [index, { busyMs, pause }] of steps.entries()) {
        if (pause === 'tick') await Promise.resolve();
        if (pause === 'turn') await new Promise(setImmediate);
        calls.push(
          turns.run(() => {
            begun.push(index);
            beBusy(busyMs);
            return Promise.resolve();
          }),
        );
      }
      await Promise.all(calls);
      expect(begun).toEqual(steps.map((_, index) => index));
    }),
    { numRuns: 50 },
  );
});
