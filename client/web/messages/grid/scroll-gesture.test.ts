import { expect, test } from 'vitest';
import { ScrollGesture } from './scroll-gesture.js';

test('somebody scrolls while they hold the list and shortly after, and not for good', () => {
  let now = 0;
  const gesture = new ScrollGesture(() => now);
  expect(gesture.isUnderWay).toBe(false);
  gesture.hold();
  now += 60_000;
  expect(gesture.isUnderWay).toBe(true);
  gesture.release();
  expect(gesture.isUnderWay).toBe(true);
  now += 1_500;
  expect(gesture.isUnderWay).toBe(false);
  gesture.touch();
  expect(gesture.isUnderWay).toBe(true);
  now += 1_500;
  gesture.release();
  expect(gesture.isUnderWay).toBe(false);
});

test('where the list is led elsewhere, nobody scrolls', () => {
  const gesture = new ScrollGesture(() => 0);
  gesture.touch();
  gesture.hold();
  gesture.forget();
  expect(gesture.isUnderWay).toBe(false);
});
