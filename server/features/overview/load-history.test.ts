import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  MAX_OVERVIEW_NAMES,
  OVERVIEW_RANGES,
  OVERVIEW_STEPS,
  type NamedLoad,
  type OverviewRange,
} from '../../../protocol/overview.js';
import type { JsonValue } from '../../../protocol/json-value.js';
import { messageList } from '../../dump/message-list.js';
import { LoadHistory } from './load-history.js';

const START = Date.parse('2026-11-21T02:44:57.123Z');
const RANGES = Object.keys(OVERVIEW_RANGES) as OverviewRange[];

/** What was stored at once: messages of one user and one topic. */
interface Sent {
  readonly user: string;
  readonly topic: string | undefined;
  readonly messages: readonly JsonValue[];
  readonly duplicates?: number;
}

function begin() {
  let now = START;
  const history = new LoadHistory(() => new Date(now));
  const send = ({ user, topic, messages: values, duplicates = 0 }: Sent) => {
    const messages = messageList(values, { topic });
    const stored = values.slice(duplicates).map((value) => JSON.stringify(value));
    const bytes = stored.join('').length;
    history.onMessages({ user, messages, duplicates, count: stored.length, bytes });
    return { count: stored.length, bytes };
  };
  return {
    history,
    send,
    time: () => now,
    advance: (ms: number) => {
      now += ms;
    },
  };
}

const sum = (numbers: readonly (number | undefined)[]) =>
  numbers.reduce<number>((total, number) => total + (number ?? 0), 0);

function sumOfEachStep(loads: readonly NamedLoad[], of: 'messages' | 'bytes', steps: number): number[] {
  return Array.from({ length: steps }, (_, step) => sum(loads.map((load) => load[of][step])));
}

/** A batch that the model remembers. */
interface Remembered extends Omit<Sent, 'messages'> {
  readonly second: number;
  readonly count: number;
  readonly bytes: number;
}

/** The same with everything remembered: what is in a range's steps is found by looking through it. */
class Model {
  readonly #step: number;
  readonly #steps: number;
  #events: Remembered[] = [];
  #current: number;

  constructor(range: OverviewRange, second: number) {
    this.#step = OVERVIEW_RANGES[range];
    this.#steps = OVERVIEW_STEPS[range];
    this.#current = Math.floor(second / this.#step);
  }

  moveTo(second: number): void {
    this.#current = Math.floor(second / this.#step);
    this.#events = this.#events.filter(
      (event) => this.#ageOf(event) >= 0 && this.#ageOf(event) <= this.#steps,
    );
  }

  add(event: Remembered): void {
    this.#events.push(event);
  }

  get until(): number {
    return this.#current * this.#step;
  }

  series(of: 'count' | 'bytes', isWanted: (event: Remembered) => boolean = () => true): number[] {
    const series = new Array<number>(this.#steps).fill(0);
    for (const event of this.#events) {
      const index = this.#steps - this.#ageOf(event);
      if (isWanted(event) && index < this.#steps) series[index] = (series[index] ?? 0) + event[of];
    }
    return series;
  }

  #ageOf({ second }: Remembered): number {
    return this.#current - Math.floor(second / this.#step);
  }
}

const STANDS_STILL = 5;

/** The time that is counted for: the clock's, unless that goes back a little. */
class ModelClock {
  second = Math.floor(START / 1000);

  see(now: number): boolean {
    const second = Math.floor(now / 1000);
    if (second <= this.second && second >= this.second - STANDS_STILL) return false;
    this.second = second;
    return true;
  }
}

const someName = (prefix: string) => fc.nat(30).map((number) => `${prefix}${String(number)}`);

const sent = fc.record({
  user: someName('user'),
  topic: fc.option(someName('topic'), { nil: undefined }),
  messages: fc.array(fc.string({ unit: 'grapheme-ascii', maxLength: 8 }), { minLength: 1, maxLength: 5 }),
  duplicates: fc.nat(1),
});

const passing = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 1500 }) },
  { weight: 3, arbitrary: fc.integer({ min: 1500, max: 150_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 150_000, max: 8_000_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 8_000_000, max: 2_000_000_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: -7000, max: 0 }) },
  { weight: 1, arbitrary: fc.integer({ min: -100_000_000, max: -7000 }) },
);

const deeds = fc.array(fc.tuple(passing, sent), { minLength: 1, maxLength: 60 });

test.each(RANGES)('%s is what was sent in each step, however the clock goes', (range) => {
  const check = (steps: readonly (readonly [number, Sent])[]) => {
    const { history, send, time, advance } = begin();
    const clock = new ModelClock();
    const model = new Model(range, clock.second);
    for (const [ms, batch] of steps) {
      advance(ms);
      const { count, bytes } = send(batch);
      // What is all known already is not even looked at.
      if (count === 0) continue;
      if (clock.see(time())) model.moveTo(clock.second);
      model.add({ ...batch, second: clock.second, count, bytes });
    }
    advance(OVERVIEW_RANGES[range] * 1000);
    const view = history.view(range);
    if (clock.see(time())) model.moveTo(clock.second);
    expect(view.until).toBe(model.until);
    expect(view.total).toEqual({ messages: model.series('count'), bytes: model.series('bytes') });
    for (const loads of [view.by_user, view.by_topic]) {
      expect(sumOfEachStep(loads, 'messages', OVERVIEW_STEPS[range])).toEqual(view.total.messages);
      expect(sumOfEachStep(loads, 'bytes', OVERVIEW_STEPS[range])).toEqual(view.total.bytes);
      expect(loads.filter(({ name }) => name !== null).length).toBeLessThanOrEqual(MAX_OVERVIEW_NAMES);
    }
    for (const { name, messages, bytes } of view.by_user.filter((load) => load.name !== null))
      expect([messages, bytes]).toEqual([
        model.series('count', ({ user }) => user === name),
        model.series('bytes', ({ user }) => user === name),
      ]);
    for (const { name, messages } of view.by_topic.filter((load) => load.name !== null))
      expect(messages).toEqual(model.series('count', ({ topic = '' }) => topic === name));
  };
  fc.assert(fc.property(deeds, check), { numRuns: 150 });
});

test('a million names take no more memory, add up to the total, and hide nobody who sends much', () => {
  const { history, send, advance } = begin();
  const before = history.byteLength;
  for (let count = 0; count < 20_000; count += 1) {
    if (count % 100 === 0) advance(1000);
    send({ user: `user${String(count)}`, topic: `topic${String(count)}`, messages: ['x'] });
    if (count % 10 === 0) send({ user: 'dale', topic: 'app', messages: ['x'] });
  }
  advance(120_000);
  expect(history.byteLength).toBe(before);
  for (const range of RANGES) {
    const { total, by_user, by_topic } = history.view(range);
    expect(sum(total.messages)).toBe(22_000);
    for (const [loads, name] of [
      [by_user, 'dale'],
      [by_topic, 'app'],
    ] as const) {
      expect(loads[0]?.name).toBe(name);
      expect(sum(loads[0]?.messages ?? [])).toBeGreaterThan(1900);
      expect(loads.at(-1)?.name).toBeNull();
      expect(sumOfEachStep(loads, 'messages', OVERVIEW_STEPS[range])).toEqual(total.messages);
    }
  }
});

test('who begins to send much after a flood of names comes to the top', () => {
  const { history, send, advance } = begin();
  for (let count = 0; count < 60_000; count += 1) {
    if (count % 100 === 0) advance(1000);
    send({ user: `user${String(count)}`, topic: undefined, messages: ['x'] });
  }
  for (let count = 0; count < 6000; count += 1) {
    if (count % 100 === 0) advance(1000);
    const isDale = count % 5 === 0;
    send({ user: isDale ? 'dale' : `later${String(count)}`, topic: undefined, messages: ['x'] });
  }
  advance(1000);
  const {
    by_user: [first],
  } = history.view('10m');
  expect(first?.name).toBe('dale');
  expect(sum(first?.messages ?? [])).toBe(1200);
});

test('names that sent much long ago make room for those that send now', () => {
  const { history, send, advance } = begin();
  for (let count = 0; count < 63; count += 1)
    send({ user: `old${String(count)}`, topic: undefined, messages: new Array<string>(1000).fill('x') });
  for (let second = 0; second < 990; second += 1) {
    advance(1000);
    send({ user: second % 2 === 0 ? 'dale' : 'alice', topic: undefined, messages: ['x'] });
  }
  const named = history.view('10m').by_user.filter(({ name }) => name !== null);
  expect(named.map(({ name }) => name).sort()).toEqual(['alice', 'dale']);
  for (const { messages } of named) expect(sum(messages)).toBeGreaterThan(100);
});

test.each([599, 600, 601, 602, 1200, 1201, 1202, 1203])(
  'of what is %i steps ago nothing comes back',
  (steps) => {
    const { history, send, advance } = begin();
    send({ user: 'dale', topic: 'app', messages: ['x'] });
    advance(steps * 1000);
    expect(sum(history.view('10m').total.messages)).toBe(steps <= 600 ? 1 : 0);
    advance(1000);
    expect(sum(history.view('10m').total.messages)).toBe(steps <= 599 ? 1 : 0);
  },
);

test('what was said of a complete step is said again of it', () => {
  const { history, send, advance } = begin();
  advance(1000 - 123);
  send({ user: 'dale', topic: 'app', messages: ['one'] });
  expect(sum(history.view('10m').total.messages)).toBe(0);
  advance(1000);
  const first = history.view('10m');
  expect(first.total.messages.at(-1)).toBe(1);
  send({ user: 'dale', topic: 'app', messages: ['two'] });
  expect(history.view('10m')).toEqual(first);
  advance(1000);
  const second = history.view('10m');
  expect(second.until).toBe(first.until + 1);
  expect(second.total.messages.slice(0, -1)).toEqual(first.total.messages.slice(1));
  expect(second.by_user[0]?.messages.slice(-2)).toEqual([1, 1]);
});

test('topics are told apart however they are written, and from messages without one', () => {
  const { history, advance } = begin();
  const lists = ['"app"', String.raw`"\u0061pp"`, '"db"', ''].map((topic) => {
    const bytes = Buffer.from(`"x"${topic}`);
    return { count: 1, bytes, spans: Int32Array.of(0, 3, 3, bytes.length, 0, 0) };
  });
  for (const messages of lists)
    history.onMessages({ user: 'dale', messages, duplicates: 0, count: 1, bytes: 3 });
  advance(1000);
  const found = history.view('10m').by_topic.map(({ name, messages }) => [name, sum(messages)]);
  expect(found).toEqual([
    ['app', 2],
    ['db', 1],
    ['', 1],
  ]);
});

test('a list in which every message has a topic of its own hides no topic that others use', () => {
  const { history, send, advance } = begin();
  const topics = Array.from({ length: 1000 }, (_, index) => (index % 2 === 0 ? 'app' : `t${String(index)}`));
  const literals = topics.map((topic) => JSON.stringify(topic));
  const bytes = Buffer.from(`"x"${literals.join('')}`);
  let at = 3;
  const spans = literals.flatMap((literal) => [0, 3, at, (at += literal.length), 0, 0]);
  const messages = { count: topics.length, bytes, spans: Int32Array.from(spans) };
  history.onMessages({ user: 'mallory', messages, duplicates: 0, count: 1000, bytes: 3000 });
  send({ user: 'dale', topic: 'db', messages: ['one', 'two'] });
  advance(1000);
  const { total, by_topic } = history.view('10m');
  expect(by_topic.slice(0, 2).map(({ name, messages: counts }) => [name, sum(counts)])).toEqual([
    ['app', 500],
    ['db', 2],
  ]);
  expect(sumOfEachStep(by_topic, 'messages', 600)).toEqual(total.messages);
  expect(sum(total.messages)).toBe(1002);
});

test('commits have their number, mean and longest in each step', () => {
  const { history, advance } = begin();
  history.onCommit({ ms: 1 });
  history.onCommit({ ms: 2.0005 });
  advance(2000);
  const { count, mean_ms: mean, max_ms: longest } = history.view('10m').commits;
  expect([count.slice(-2), mean.slice(-2), longest.slice(-2)]).toEqual([
    [2, 0],
    [1.5, null],
    [2.001, null],
  ]);
});
