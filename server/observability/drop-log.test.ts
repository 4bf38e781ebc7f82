import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createDropLog } from './drop-log.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test('a flood of dropped connections is a line every ten seconds, with their number', () => {
  const counts: number[] = [];
  const logger = pino(
    {},
    { write: (line: string) => counts.push((JSON.parse(line) as { dropped: number }).dropped) },
  );
  const note = createDropLog(logger, 50);
  for (let count = 0; count < 1000; count += 1) note();
  expect(counts).toEqual([1]);
  vi.advanceTimersByTime(9999);
  expect(counts).toEqual([1]);
  vi.advanceTimersByTime(1);
  expect(counts).toEqual([1, 999]);
  vi.advanceTimersByTime(60_000);
  note();
  expect(counts).toEqual([1, 999, 1]);
});
