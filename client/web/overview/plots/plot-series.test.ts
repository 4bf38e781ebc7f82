import { expect, test } from 'vitest';
import type { Overview } from '../../../../protocol/overview.js';
import {
  highestAt,
  latencySeries,
  meanOfLast,
  namedRates,
  OTHERS,
  placesFor,
  rateSeries,
  spansOf,
  stacked,
  stepsOf,
} from './plot-series.js';

const BEGIN = Date.parse('2026-11-21T02:00:00.000Z') / 1000;

function overviewOf(messages: number[], started_at: string): Overview {
  const until = new Date((BEGIN + messages.length * 10) * 1000).toISOString();
  return {
    ...{ now: until, started_at, range: '2h', step: 10, until, total: { messages, bytes: messages } },
    ...{ by_user: [], by_topic: [], commits: { count: [], mean_ms: [], max_ms: [] } },
    dump: { last_seq: 0, bytes: 0, segments: 1, free_bytes: null, queued_bytes: 0 },
    ...{ endpoints: [], endpoint_count: 0, spooling: [], spooling_count: 0, subscriptions: 0 },
  };
}

const LONG_AGO = '2026-11-20T00:00:00.000Z';

test('a rate is what came in a step, divided by its seconds', () => {
  const steps = stepsOf(overviewOf([0, 5, 20], LONG_AGO));
  expect(steps.times).toEqual([BEGIN, BEGIN + 10, BEGIN + 20]);
  const series = rateSeries('total', 'Total', [0, 5, 20], steps);
  expect(series.values).toEqual([0, 0.5, 2]);
  expect(series.merge([1, 2])).toBe(1.25);
  expect(meanOfLast(series, 1)).toBe(2);
});

test('before the server had started there is no number, which is another thing than nought', () => {
  const steps = stepsOf(overviewOf([0, 0, 10], '2026-11-21T02:00:12.000Z'));
  const series = rateSeries('total', 'Total', [0, 0, 10], steps);
  expect(series.values).toEqual([null, 0, 1]);
  expect(series.merge([0])).toBeNull();
  expect(series.merge([0, 1, 2])).toBe(0.5);
  const isYoung = stepsOf(overviewOf([0, 0], '2026-11-21T02:00:21.000Z'));
  expect(rateSeries('total', 'Total', [0, 0], isYoung).values).toEqual([null, null]);
});

test('no topic and all others are told in words, and are not taken for a name that is written alike', () => {
  const load = { messages: [10], bytes: [40] };
  const loads = [
    { name: 'All others', ...load },
    { name: '', ...load },
    { name: null, ...load },
  ];
  const series = namedRates(loads, 'bytes', 'No topic', stepsOf(overviewOf([10], LONG_AGO)));
  expect(series.map(({ label, values }) => [label, values])).toEqual([
    ['All others', [4]],
    ['No topic', [4]],
    ['All others', [4]],
  ]);
  expect(new Set(series.map(({ key }) => key)).size).toBe(3);
  expect(series.at(-1)?.key).toBe(OTHERS);
});

test('series are stacked upon each other, and a gap stays one', () => {
  expect(
    stacked([
      [1, null, 0],
      [2, null, 3],
      [0, null, 4],
    ]),
  ).toEqual([
    [1, null, 0],
    [3, null, 3],
    [3, null, 7],
  ]);
});

test('the longest of several steps is their longest, the mean that of all commits', () => {
  const [longest, mean] = latencySeries({ count: [1, 0, 3], mean_ms: [2, null, 6], max_ms: [2, null, 9] });
  expect([longest.merge([0, 1, 2]), mean.merge([0, 1, 2])]).toEqual([9, 5]);
  expect([longest.merge([1]), mean.merge([1])]).toEqual([null, null]);
  expect([highestAt(longest.values), highestAt([null, null])]).toEqual([2, undefined]);
});

test('a name keeps its place while others come, go and overtake it', () => {
  const first = placesFor(new Map(), ['dale', 'eve', 'mallory']);
  expect([...first]).toEqual([
    ['dale', 0],
    ['eve', 1],
    ['mallory', 2],
  ]);
  expect(placesFor(first, ['mallory', 'eve', 'dale'])).toBe(first);
  const second = placesFor(first, ['trudy', 'mallory', 'dale']);
  expect(Object.fromEntries(second)).toEqual({ dale: 0, mallory: 2, trudy: 1 });
  expect(Object.fromEntries(placesFor(second, ['mallory']))).toEqual({ mallory: 2 });
});

test('the lines of a table are of the clock, the last first, without what nobody knows', () => {
  const steps = stepsOf(overviewOf([1, 2, 3, 4, 5], '2026-11-21T02:00:10.000Z'));
  expect(spansOf(steps, 20)).toEqual([
    { begin: BEGIN + 40, steps: [4] },
    { begin: BEGIN + 20, steps: [2, 3] },
    { begin: BEGIN, steps: [1] },
  ]);
});
