import { expect, test } from 'vitest';
import { BoundedCounts } from './bounded-counts.js';

function countsAndClock(maxKeys?: number) {
  let ms = 0;
  const counts = new BoundedCounts(maxKeys, () => ms);
  return { counts, pass: (seconds: number) => (ms += seconds * 1000) };
}

test('counts each key for its time since the first', () => {
  const { counts, pass } = countsAndClock();
  expect([counts.add('dale', 60), counts.add('dale', 60), counts.add('annie', 60)]).toEqual([1, 2, 1]);
  pass(59.5);
  expect(counts.add('dale', 60)).toBe(3);
  expect(counts.secondsLeft('dale')).toBe(1);
  pass(0.5);
  expect(counts.secondsLeft('dale')).toBe(0);
  expect(counts.add('dale', 60)).toBe(1);
});

test('takes back, restarts and forgets', () => {
  const { counts, pass } = countsAndClock();
  counts.add('dale', 60);
  counts.takeBack('dale');
  counts.takeBack('nobody');
  expect(counts.add('dale', 60)).toBe(1);
  pass(50);
  counts.restart('dale', 60);
  expect(counts.secondsLeft('dale')).toBe(60);
  counts.delete('dale');
  expect(counts.secondsLeft('dale')).toBe(0);
});

test('forgets the keys that were told last longest ago', () => {
  const { counts } = countsAndClock(6);
  for (const key of ['one', 'two', 'three', 'one', 'four', 'five', 'six']) counts.add(key, 60);
  expect(counts.size).toBe(4);
  expect(['two', 'three', 'one'].map((key) => counts.secondsLeft(key))).toEqual([0, 0, 60]);
});

test('stays as small under any number of keys, of which the latest are there', () => {
  const counts = new BoundedCounts(1000);
  let most = 0;
  for (let key = 0; key < 20_000; key += 1) {
    counts.add(String(key), 60);
    most = Math.max(most, counts.size);
  }
  expect(most).toBeLessThanOrEqual(1000);
  for (let key = 19_500; key < 20_000; key += 1) expect(counts.add(String(key), 60)).toBe(2);
});
