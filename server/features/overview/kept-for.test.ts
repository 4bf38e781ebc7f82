import { expect, test } from 'vitest';
import { keptFor } from './kept-for.js';

function begin(read: (count: number) => Promise<number>) {
  let now = 0;
  let count = 0;
  const reading = keptFor(
    900,
    () => now,
    () => read((count += 1)),
  );
  return {
    reading,
    advance: (ms: number) => {
      now += ms;
    },
  };
}

test('whoever asks within the time is told the same, and later what is read anew', async () => {
  const { reading, advance } = begin((count) => Promise.resolve(count));
  expect(await Promise.all([reading(), reading()])).toEqual([1, 1]);
  advance(899);
  expect(await reading()).toBe(1);
  advance(1);
  expect(await reading()).toBe(2);
});

test('while it takes long nobody begins another', async () => {
  let finish: (value: number) => void = () => undefined;
  const slow = new Promise<number>((resolve) => {
    finish = resolve;
  });
  const { reading, advance } = begin((count) => (count === 1 ? slow : Promise.resolve(count)));
  const first = reading();
  advance(5000);
  const second = reading();
  finish(1);
  expect(await Promise.all([first, second])).toEqual([1, 1]);
  advance(899);
  expect(await reading()).toBe(1);
});

test('what failed is read anew', async () => {
  const { reading } = begin((count) =>
    count === 1 ? Promise.reject(new Error('no')) : Promise.resolve(count),
  );
  await expect(reading()).rejects.toThrow('no');
  expect(await reading()).toBe(2);
});
