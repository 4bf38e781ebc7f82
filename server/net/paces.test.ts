import { expect, test } from 'vitest';
import { until } from '../tests/support/until.js';
import { Paces } from './paces.js';

test('what one does by several ways is counted together, and others apart', () => {
  const paces = new Paces(2);
  const [one, two, other] = [paces.of('dale'), paces.of('dale'), paces.of('laura')];
  one.pace.take();
  expect(two.pace.take()).toBeGreaterThan(400);
  expect(one.pace.waitMs).toBeGreaterThan(400);
  expect(other.pace.waitMs).toBe(0);
  expect(paces.of(undefined).pace).not.toBe(paces.of(undefined).pace);
});

test('going and coming again makes nobody faster, and nothing is kept of who is gone and has rested', async () => {
  const paces = new Paces(20);
  {
    using held = paces.of('dale');
    for (let taken = 0; taken < 22; taken += 1) held.pace.take();
  }
  {
    using again = paces.of('dale');
    expect(again.pace.waitMs).toBeGreaterThan(0);
  }
  using idle = paces.of('laura');
  idle[Symbol.dispose]();
  idle[Symbol.dispose]();
  expect(paces.size).toBe(1);
  await until('it has rested', () => paces.size === 0);
});
