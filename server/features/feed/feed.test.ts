import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { runsOf } from '../../tests/support/machine.js';
import { FakeReadableDump } from '../../dump/reading/fake-readable-dump.js';
import { lineOf } from '../../dump/reading/fake-lines.js';
import { DUMP_FORMATS } from '../../dump/format/dump-formats.js';
import type { DumpRecord } from '../../dump/format/record-format.js';
import { until } from '../../tests/support/until.js';
import type { AppError } from '../../errors/app-error.js';
import { FeedChannels } from './feed-channels.js';
import type { FeedFilter } from './feed-channel.js';
import { Feed } from './feed.js';
import type { FeedWire } from './feed-wire.js';
import { Follower } from './follower.js';

type Format = keyof typeof DUMP_FORMATS;

/** So little that a few records push others out. */
const RING_BYTES = 1200;
const AT = '2026-11-21T02:44:57.123Z';

/** A word and a line end for each event: the number of a record, the type of anything else. */
const WIRE: FeedWire = {
  record: (into, seq, json, begin, end) => {
    const record = JSON.parse(Buffer.from(json.bytes.subarray(begin, end)).toString('utf8')) as DumpRecord;
    into.text(`${String(seq)}=${String(record.seq)}\n`);
  },
  passing: (into, event) => {
    const place = event.type === 'gap' ? `${String(event.after)}-${String(event.before)}` : '';
    into.text(`${event.type}${place}\n`);
  },
};

/** Takes what it is sent while it has room. */
class Reader {
  readonly seqs: number[] = [];
  readonly words: string[] = [];
  readonly startsBehind: number;
  readonly filter: FeedFilter;
  reason: AppError | undefined;
  isFull = false;
  follower: Follower | undefined;

  constructor(startsBehind: number, filter: FeedFilter) {
    [this.startsBehind, this.filter] = [startsBehind, filter];
  }

  readonly write = (bytes: Uint8Array): boolean => {
    for (const word of Buffer.from(bytes).toString('utf8').trim().split('\n')) {
      const record = /^(\d+)=(\d+)$/.exec(word);
      if (record === null) this.words.push(word);
      else this.seqs.push(record[1] === record[2] ? Number(record[1]) : Number.NaN);
    }
    return !this.isFull;
  };

  readonly end = (reason: AppError): void => {
    this.reason = reason;
  };
}

/** A feed on a dump in memory. */
class World implements Disposable {
  readonly dump: FakeReadableDump;
  readonly feed: Feed;
  readonly records: DumpRecord[] = [];
  readonly readers: Reader[] = [];
  nowMs = 0;
  readonly #format: Format;
  readonly #channels = new FeedChannels();

  constructor(format: Format, stallMs = 1e9) {
    this.#format = format;
    this.dump = new FakeReadableDump(DUMP_FORMATS[format], 3);
    const logger = pino({ level: 'silent' });
    const now = () => this.nowMs;
    const from = { dump: this.dump, format: DUMP_FORMATS[format], bufferBytes: RING_BYTES };
    this.feed = new Feed({ ...from, stallMs, now, logger });
  }

  /** Makes records durable, as one commit. */
  commit(messages: readonly { user: string; text: string; topic?: string | undefined }[], origin?: object) {
    const first = this.records.length + 1;
    const lines: string[] = [];
    for (const { user, text: message, topic } of messages) {
      const seq = this.records.length + 1;
      const record = {
        seq,
        at: AT,
        user,
        endpoint: '::1',
        message,
        ...(topic === undefined ? {} : { topic }),
      };
      this.records.push(record);
      const line = lineOf(this.#format, record);
      this.dump.append(line);
      lines.push(`${line}\n`);
    }
    const origins = new Map(origin === undefined ? [] : messages.map((_, index) => [first + index, origin]));
    const { header } = DUMP_FORMATS[this.#format];
    const bytes = Buffer.from((first === 1 ? header : '') + lines.join(''));
    this.feed.publish({ first, last: this.records.length, lines: bytes, origins });
    // As the writer does with its buffer.
    bytes.fill(0);
  }

  join(after: number | undefined, filter: FeedFilter, more: Partial<Follower> = {}): Reader {
    const startsBehind = after ?? this.feed.lastSeq;
    const reader = new Reader(startsBehind, filter);
    const channel = this.#channels.enter(WIRE, filter);
    const connection = { id: '1', user: 'dale', endpoint: '::1', door: 'sse', since: AT } as const;
    const follower: Follower = new Follower(
      {
        ...{ connection, channel, sink: reader, origin: reader, seq: startsBehind },
        ...{ hearsItself: more.hearsItself ?? true, canResume: more.canResume ?? true },
        onOver: () => {
          this.feed.leave(follower);
        },
      },
      () => this.nowMs,
    );
    reader.follower = follower;
    this.feed.follow(follower, after === undefined ? undefined : { filter });
    this.readers.push(reader);
    return reader;
  }

  resume(reader: Reader): void {
    reader.isFull = false;
    if (reader.follower !== undefined) this.feed.resume(reader.follower);
  }

  expected({ startsBehind, filter: { user, topic, contains } }: Reader): number[] {
    const wanted = this.records.filter(
      (record) =>
        record.seq > startsBehind &&
        (user === undefined || record.user === user) &&
        (topic === undefined || record.topic === topic) &&
        (contains === undefined || (record.message as string).includes(contains)),
    );
    return wanted.map(({ seq }) => seq);
  }

  [Symbol.dispose](): void {
    this.feed[Symbol.dispose]();
  }
}

const ALL: FeedFilter = { presence: false };

const anyMessage = fc.record({
  user: fc.constantFrom('dale', 'sam'),
  text: fc.constantFrom('a', 'b\n"b"', 'c'.repeat(400), 'é\u2028', ''),
  topic: fc.constantFrom(undefined, 'chat', 'app'),
});
const anyFilter: fc.Arbitrary<FeedFilter> = fc.record({
  user: fc.constantFrom(undefined, undefined, 'dale'),
  topic: fc.constantFrom(undefined, undefined, 'chat'),
  contains: fc.constantFrom(undefined, undefined, 'c', '"'),
  presence: fc.boolean(),
});
const anyStep = fc.oneof(
  { weight: 5, arbitrary: fc.record({ commit: fc.array(anyMessage, { minLength: 1, maxLength: 8 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({ after: fc.option(fc.nat(1000), { nil: undefined }), filter: anyFilter }),
  },
  { weight: 3, arbitrary: fc.record({ fill: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ resume: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.constantFrom('rotate' as const, 'move' as const) },
  { weight: 4, arbitrary: fc.record({ turns: fc.integer({ min: 1, max: 6 }) }) },
);

test('everybody is sent what they want, each record once and in order, wherever they begin and however slowly they read', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<Format>('ndjson', 'csv'),
      fc.array(anyStep, { minLength: 5, maxLength: 60, size: 'max' }),
      async (format, steps) => {
        using world = new World(format);
        const at = (index: number) => world.readers[index % Math.max(1, world.readers.length)];
        for (const step of steps) {
          if (step === 'rotate') world.dump.rotate();
          else if (step === 'move') world.dump.moveFiles();
          else if ('commit' in step) world.commit(step.commit);
          else if ('filter' in step) {
            const { after } = step;
            world.join(after === undefined ? undefined : after % (world.records.length + 1), step.filter);
          } else if ('fill' in step) Object.assign(at(step.fill) ?? {}, { isFull: true });
          else if ('resume' in step) {
            const reader = at(step.resume);
            if (reader !== undefined) world.resume(reader);
          } else for (let turn = 0; turn < step.turns; turn += 1) await setImmediate();
        }
        for (const reader of world.readers) world.resume(reader);
        for (const reader of world.readers) {
          const expected = world.expected(reader);
          await until('all is sent', () => {
            world.resume(reader);
            return reader.follower?.seq === world.records.length && reader.seqs.length >= expected.length;
          });
          expect(reader.seqs).toEqual(expected);
          expect(reader.words.filter((word) => word !== 'hello')).toEqual([]);
          expect(reader.reason).toBeUndefined();
        }
      },
    ),
    { numRuns: runsOf(150) },
  );
});

const message = (text: string) => ({ user: 'dale', text });

test('who cannot come back is ended when it is too slow for the memory, and others are not', async () => {
  using world = new World('ndjson');
  const slow = world.join(undefined, ALL, { canResume: false });
  const quick = world.join(undefined, ALL);
  slow.isFull = true;
  for (let count = 0; count < 20; count += 1) {
    world.commit([message('x'.repeat(200))]);
    await setImmediate();
  }
  await until('the slow one has ended', () => slow.reason);
  expect(slow.reason?.code).toBe('feed.too_slow');
  await until('the other has all', () => quick.seqs.length === 20);
  expect(quick.reason).toBeUndefined();
});

test('who takes nothing for too long is ended', async () => {
  using world = new World('ndjson', 1000);
  const reader = world.join(undefined, ALL);
  await until('it is greeted', () => reader.words.length > 0);
  reader.isFull = true;
  world.commit([message('a')]);
  await until('it was sent something', () => reader.seqs.length > 0);
  world.nowMs += 1001;
  await until('it has ended', () => reader.reason);
  expect(reader.reason?.code).toBe('feed.too_slow');
});

test.each([0, 1])('records behind %i that are gone from the dump are said to be missing', async (after) => {
  using world = new World('ndjson');
  world.commit([message('a'), message('b'), message('c')]);
  world.dump.rotate();
  world.commit([message('d')]);
  world.dump.deleteOldest();
  const reader = world.join(after, ALL);
  await until('what is left is sent', () => reader.seqs.length > 0);
  expect(reader.words).toEqual(['hello', `gap${String(after)}-4`]);
  expect(reader.seqs).toEqual([4]);
});

test('records that are gone from the middle of the dump, or from its end, are said to be missing', async () => {
  using world = new World('ndjson');
  for (let segment = 0; segment < 3; segment += 1) {
    world.commit([message('a'), message('b')]);
    world.dump.rotate();
  }
  world.dump.deleteClosed(1);
  const middle = world.join(0, ALL);
  await until('what is left is sent', () => middle.seqs.length === 4);
  expect([middle.words, middle.seqs]).toEqual([
    ['hello', 'gap2-5'],
    [1, 2, 5, 6],
  ]);
  world.dump.deleteClosed(1);
  const end = world.join(1, ALL);
  await until('its end is said', () => end.words.length === 2);
  expect([end.words, end.seqs]).toEqual([['hello', 'gap2-7'], [2]]);
});

test('whoever has room is sent all there is for it, however much else comes at once', async () => {
  using world = new World('ndjson');
  const chat = world.join(undefined, { topic: 'chat', presence: false }, { canResume: false });
  await until('it is greeted', () => chat.words.length > 0);
  const unrecorded = { at: AT, user: 'sam', endpoint: '::1', message: 'b', topic: 'chat' };
  for (let count = 0; count < 50; count += 1) {
    world.commit([{ user: 'dale', text: 'a', topic: 'chat' }]);
    world.feed.announce({ type: 'unrecorded', record: unrecorded });
    world.commit([message('x'.repeat(2000))]);
  }
  await until('all is sent', () => chat.seqs.length === 50);
  expect(chat.words.filter((word) => word === 'unrecorded')).toHaveLength(50);
  expect(chat.reason).toBeUndefined();
});

test('chat that is not recorded reaches those too who are still being read for', async () => {
  using world = new World('ndjson');
  world.commit(Array.from({ length: 5 }, () => message('a')));
  const reader = world.join(0, ALL);
  await until('it is greeted', () => reader.words.length > 0 || undefined);
  const record = { at: AT, user: 'sam', endpoint: '::1', message: 'b', topic: 'chat' };
  const late = world.join(2, ALL);
  world.feed.announce({ type: 'unrecorded', record });
  await until('it is told', () => late.words.includes('unrecorded') && reader.words.includes('unrecorded'));
  expect(late.seqs).toEqual([3, 4, 5]);
});

test('who comes and goes takes no memory while nobody wants to know', () => {
  using world = new World('ndjson');
  world.join(undefined, ALL);
  const connection = { id: '2', user: 'sam', endpoint: '::1', door: 'sse', since: AT } as const;
  world.feed.announce({ type: 'join', connection });
  expect(world.feed.bytes).toBe(0);
  world.join(undefined, { presence: true });
  world.feed.announce({ type: 'leave', connection });
  expect(world.feed.bytes).toBeGreaterThan(0);
});

test('who cannot be read for is ended, and can come back', async () => {
  using world = new World('ndjson');
  world.commit([message('a'), message('b')]);
  world.dump.onRead = () => {
    throw new Error('EIO');
  };
  const reader = world.join(0, ALL);
  await until('it has ended', () => reader.reason);
  expect(reader.reason?.code).toBe('feed.unreadable');
});

test('a number that has not been given yet is answered by what there is', async () => {
  using world = new World('ndjson');
  world.commit([message('a')]);
  const reader = world.join(500, ALL);
  await until('it is greeted', () => reader.words.length > 1);
  world.commit([message('b')]);
  await until('it goes on', () => reader.seqs.length > 0);
  expect(reader.words).toEqual(['hello', 'gap500-2']);
  expect(reader.seqs).toEqual([2]);
});

test('what came through a connection does not go back to it where it is not to hear itself', async () => {
  using world = new World('ndjson');
  const one = world.join(undefined, ALL, { hearsItself: false });
  const other = world.join(undefined, ALL, { hearsItself: false });
  const itself = world.join(undefined, ALL);
  world.commit([message('a')], one);
  world.commit([message('b')], itself);
  await until('all have been sent', () => other.seqs.length === 2 && itself.seqs.length === 2);
  expect([one.seqs, other.seqs, itself.seqs]).toEqual([[2], [1, 2], [1, 2]]);
});

test('chat that is not recorded reaches who wants it, and who was too slow for it is told', async () => {
  using world = new World('ndjson');
  const record = { at: AT, user: 'sam', endpoint: '::1', message: 'x'.repeat(300), topic: 'chat' };
  const all = world.join(undefined, ALL);
  const chat = world.join(undefined, { topic: 'chat', presence: false });
  const app = world.join(undefined, { topic: 'app', presence: false });
  const dale = world.join(undefined, { user: 'dale', presence: false });
  const text = world.join(undefined, { contains: 'y', presence: false });
  const slow = world.join(undefined, ALL);
  await until('it is greeted', () => slow.words.length > 0);
  slow.isFull = true;
  world.commit([message('a')]);
  await until('the slow one is full', () => slow.seqs.length === 1);
  for (let count = 0; count < 5; count += 1) {
    world.feed.announce({ type: 'unrecorded', record });
    await setImmediate();
  }
  await until('all is said', () => all.words.length === 6 && chat.words.length === 6);
  expect([app, dale, text].map(({ words }) => words)).toEqual([['hello'], ['hello'], ['hello']]);
  world.resume(slow);
  await until('it goes on', () => slow.words.includes('gap1-2'));
});

test('an entry of many records is cut into pieces, and a long silence is broken by a position', async () => {
  using world = new World('ndjson');
  const reader = world.join(undefined, { topic: 'app', presence: false });
  world.commit(Array.from({ length: 50 }, (_, index) => message(`${String(index)}${'x'.repeat(9000)}`)));
  await until('all was looked at', () => reader.follower?.seq === 50);
  world.nowMs += 15_000;
  await until('its position is said', () => reader.words.includes('position'));
  expect(reader.seqs).toEqual([]);
});
