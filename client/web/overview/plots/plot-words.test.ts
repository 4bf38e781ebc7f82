import { expect, test } from 'vitest';
import { rateSeries } from './plot-series.js';
import {
  BYTES_PER_SECOND,
  clockText,
  MESSAGES_PER_SECOND,
  MILLISECONDS,
  summaryOf,
  tickTimes,
  valueText,
} from './plot-words.js';

const STEPS = { times: [1000, 1010, 1020], step: 10, firstKnown: 0 };

test('a plot is told by its latest and its highest number, and by the mean of each part', () => {
  const total = rateSeries('total', 'Total', [0, 70, 20], STEPS);
  const dale = rateSeries('dale', 'dale', [0, 40, 20], STEPS);
  const told = { title: 'Messages per second by user', range: '2h', unit: MESSAGES_PER_SECOND } as const;
  expect(summaryOf({ ...told, steps: STEPS, headline: [total], parts: [dale] })).toBe(
    `Messages per second by user, the last 2 hours. Total: latest 2/s, highest 7/s at ${clockText(1010, 10)}. On average: dale 2/s.`,
  );
  const unknown = rateSeries('total', 'Total', [0, 0, 0], { ...STEPS, firstKnown: 3 });
  expect(summaryOf({ ...told, steps: STEPS, headline: [unknown], parts: [] })).toContain(
    'Total: no numbers yet.',
  );
});

test('numbers have their unit, and none is told apart from nought', () => {
  expect(valueText(0, MESSAGES_PER_SECOND)).toBe('0/s');
  expect(valueText(1 / 120, MESSAGES_PER_SECOND)).toMatch(/^0[.,]00833\/s$/);
  expect(valueText(1536, BYTES_PER_SECOND)).toBe('1.5 KiB/s');
  expect(valueText(null, MILLISECONDS)).toBe('–');
});

test('where a day begins, the axis says which', () => {
  const midnight = new Date(2026, 10, 21).getTime() / 1000;
  const [before, day, after] = tickTimes([midnight - 3600, midnight, midnight + 3600], 3600);
  expect(before).toMatch(/11/);
  expect(day).toMatch(/21/);
  expect(after).toBe(clockText(midnight + 3600, 3600));
});
