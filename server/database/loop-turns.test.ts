import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { LoopTurns } from './loop-turns.js';

function beBusy(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

test('calls go on at once until they have taken some milliseconds', () => {
  const turns = new LoopTurns();
  for (let count = 0; count < 3; count += 1) expect(turns.next()).toBeUndefined();
});

test('then each that takes long has a turn of its own, in order', async () => {
  const turns = new LoopTurns();
  expect(turns.next()).toBeUndefined();
  beBusy(8);
  const seen: string[] = [];
  let others = 0;
  let isDone = false;
  const other = () => {
    others += 1;
    if (!isDone) setImmediate(other);
  };
  setImmediate(other);
  await Promise.all(
    ['a', 'b', 'c'].map(async (name) => {
      await turns.next();
      seen.push(`${name} ${String(others > seen.length - 1)}`);
      beBusy(8);
    }),
  );
  isDone = true;
  expect(seen).toEqual(['a true', 'b true', 'c true']);
  expect(others).toBeGreaterThanOrEqual(2);
  await turn();
  await turn();
  expect(turns.next()).toBeUndefined();
});
