import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StoredMessagesPage, StoredRecord } from '../../../../protocol/stored-messages.js';
import type { QueryFilter } from '../../../api/query-page.js';
import { MessageView, type Place } from './message-view.js';

const MAX_ROWS = 12;
const PAGE_SIZE = 4;
const START_MS = Date.UTC(2026, 10, 21);

/** A server whose answers and live messages come when they are told to. */
class FakeServer {
  readonly view: MessageView;
  readonly #questions: (() => Promise<void>)[] = [];
  readonly #publishing: (() => void)[] = [];
  /** What is stored and fits; other numbers are of messages that do not fit. */
  stored: StoredRecord[] = [];
  #last = 0;
  #delivered = 0;
  #isHeard = false;
  #lost: { after: number } | undefined;

  constructor(start?: Place) {
    this.view = new MessageView({
      ask: (part) =>
        new Promise((resolve, reject) => {
          this.#questions.push(() => {
            if (this.isBroken) reject(new Error('broken'));
            else resolve(this.#page(part));
            return settled();
          });
        }),
      schedule: (publish) => this.#publishing.push(publish),
      maxRows: MAX_ROWS,
      pageSize: PAGE_SIZE,
      start,
    });
  }

  isBroken = false;

  get delivered(): number {
    return this.#delivered;
  }

  get isAsked(): boolean {
    return this.#questions.length > 0;
  }

  append(numbers: readonly boolean[]): void {
    for (const fits of numbers) {
      this.#last += 1;
      if (fits) this.stored.push(recordOf(this.#last));
    }
  }

  hello(): void {
    if (this.#isHeard) return;
    this.#isHeard = true;
    this.#delivered = this.#last;
    this.view.onLive([{ type: 'hello', seq: this.#last }]);
  }

  /** Tells live of what fits, up to so many. */
  deliver(count: number): void {
    if (!this.#isHeard) return;
    const next = this.stored.filter(({ seq }) => seq > this.#delivered).slice(0, count);
    const first = next[0];
    if (first === undefined) return;
    const gap = this.#lost === undefined ? [] : [{ type: 'gap', ...this.#lost, before: first.seq } as const];
    this.#lost = undefined;
    this.#delivered = next.at(-1)?.seq ?? this.#delivered;
    this.view.onLive([...gap, ...next.map((record) => ({ type: 'record', record }) as const)]);
  }

  /** What was not told yet is not to be had any more. */
  lose(): void {
    if (!this.#isHeard || this.#last === this.#delivered) return;
    this.#lost ??= { after: this.#delivered };
    this.stored = this.stored.filter(({ seq }) => seq <= this.#delivered);
  }

  async answer(index: number): Promise<void> {
    if (this.#questions.length === 0) return;
    const [question] = this.#questions.splice(index % this.#questions.length, 1);
    await question?.();
  }

  publish(): void {
    for (const each of this.#publishing.splice(0)) each();
  }

  async settle(): Promise<void> {
    this.isBroken = false;
    while (this.isAsked) await this.answer(0);
    this.publish();
  }

  // As the server's: looks at a few records only, so that a page may be short, or empty, and have a next one.
  #page({ after, before, order, cursor, limit = 1 }: QueryFilter): StoredMessagesPage {
    const from = after === undefined ? 0 : /^\d+$/.test(after) ? Number(after) : seqOfTime(after);
    const to = before === undefined ? this.#last + 1 : Number(before);
    const isNewest = order === 'newest';
    const lookedAt = 6;
    const begin = cursor === undefined ? (isNewest ? to - 1 : from + 1) : Number(cursor);
    const messages: StoredRecord[] = [];
    let seq = begin;
    for (let looked = 0; looked < lookedAt && messages.length < limit; looked += 1) {
      if (seq <= from || seq >= to) break;
      const found = this.stored.find((record) => record.seq === seq);
      if (found !== undefined) messages.push(found);
      seq += isNewest ? -1 : 1;
    }
    return { messages, next: seq <= from || seq >= to ? null : String(seq) };
  }
}

function recordOf(seq: number): StoredRecord {
  const at = new Date(START_MS + seq * 1000).toISOString();
  return { seq, at, user: 'dale', endpoint: '::1', message: `m${String(seq)}` };
}

// The last record that is not behind it.
function seqOfTime(time: string): number {
  return Math.max(0, Math.floor((Date.parse(time) - START_MS) / 1000));
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
}

/** Compares what is in the window with what is stored between its edges. */
function assertWhole({ view, stored, delivered }: FakeServer): void {
  const { window } = view.state.get();
  const { rows, older, newer } = window;
  const places = rows.map(({ place }) => place);
  expect(places).toEqual([...new Set(places)].sort((one, other) => one - other));
  const first = places[0] ?? Number.POSITIVE_INFINITY;
  const last = places.at(-1) ?? Number.NEGATIVE_INFINITY;
  const from = older === undefined ? 0 : older.cursor === undefined ? older.before : first;
  const to = newer.cursor === undefined ? newer.after : last;
  expect(to).toBeLessThanOrEqual(Math.max(delivered, 0));
  const expected = stored.map(({ seq }) => seq).filter((seq) => seq >= from && seq <= to);
  expect(rows.filter(({ kind }) => kind === 'record').map(({ place }) => place)).toEqual(expected);
  expect(rows.length).toBeLessThanOrEqual(MAX_ROWS);
}

type Step = (server: FakeServer) => void | Promise<void>;

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.array(fc.boolean(), { maxLength: 9 }).map((numbers): Step => (server) => {
    server.append(numbers);
  }),
  fc.nat(40).map((count): Step => (server) => {
    server.deliver(count);
  }),
  fc.nat(3).map(
    (index): Step =>
      (server) =>
        server.answer(index),
  ),
  fc.nat(40).map((seq): Step => (server) => {
    void server.view.jumpTo({ seq: seq + 1 });
  }),
  fc.nat(40).map((seconds): Step => (server) => {
    void server.view.jumpTo({ time: START_MS + seconds * 1000 });
  }),
  fc.boolean().map((isBroken): Step => (server) => {
    server.isBroken = isBroken;
  }),
  fc.constantFrom<Step[]>(
    (server) => {
      server.hello();
    },
    (server) => {
      server.lose();
    },
    (server) => {
      server.publish();
    },
    ({ view }) => {
      void view.loadOlder();
    },
    ({ view }) => {
      void view.loadNewer();
    },
    ({ view }) => {
      view.pause();
    },
    ({ view }) => {
      view.scrollAway();
    },
    ({ view }) => {
      view.scrollToBottom();
    },
    ({ view }) => {
      view.follow();
    },
    ({ view }) => {
      view.retry();
    },
  ),
);

test('whatever comes in whatever order, nothing is missing between the edges of the window and nothing is twice', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.boolean(), { maxLength: 40, size: 'max' }),
      fc.array(step, { maxLength: 80, size: 'max' }),
      async (begin, steps) => {
        const server = new FakeServer();
        server.append(begin);
        for (const each of steps) {
          await each(server);
          server.publish();
          assertWhole(server);
        }
        // However it stands, following shows the newest, and reading back from there shows all.
        server.hello();
        server.deliver(1_000);
        server.view.follow();
        await server.settle();
        server.view.retry();
        server.publish();
        assertWhole(server);
        const { window, isAtNewest } = server.view.state.get();
        expect(isAtNewest).toBe(true);
        expect(window.newer.after).toBe(server.delivered);
      },
    ),
    { numRuns: 300 },
  );
});

test('reading back and forth shows every message, from the newest to the oldest and again to the newest', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.boolean(), { minLength: 1, maxLength: 120, size: 'max' }),
      async (numbers) => {
        const server = new FakeServer();
        const { view } = server;
        server.append(numbers);
        server.hello();
        server.publish();
        const seen = new Set<number>();
        const look = (): void => {
          assertWhole(server);
          for (const { place } of view.state.get().window.rows) seen.add(place);
        };
        view.scrollAway();
        while (view.state.get().window.older !== undefined) {
          void view.loadOlder();
          await server.settle();
          look();
        }
        expect([...seen].sort((one, other) => one - other)).toEqual(server.stored.map(({ seq }) => seq));
        seen.clear();
        look();
        while (!view.state.get().isAtNewest) {
          void view.loadNewer();
          await server.settle();
          look();
        }
        expect([...seen].sort((one, other) => one - other)).toEqual(server.stored.map(({ seq }) => seq));
      },
    ),
  );
});

test('what comes while it is paused is counted, however much of it is kept, and shown afterwards', async () => {
  const server = new FakeServer();
  const { view } = server;
  server.hello();
  server.append(Array.from({ length: 5 }, () => true));
  server.deliver(5);
  server.publish();
  view.pause();
  server.append(Array.from({ length: 100 }, () => true));
  server.deliver(100);
  server.publish();
  expect(view.state.get()).toMatchObject({ missed: 100, mode: 'paused' });
  expect(view.state.get().window.rows.map(({ place }) => place)).toEqual([1, 2, 3, 4, 5]);
  view.follow();
  server.publish();
  const { window, missed } = view.state.get();
  expect(missed).toBe(0);
  expect(window.rows.map(({ place }) => place)).toEqual(Array.from({ length: 12 }, (_, index) => index + 94));
  void view.loadOlder();
  await server.settle();
  assertWhole(server);
});

test('a jump to a number or a time shows what is there or next to it, and says where that is', async () => {
  const server = new FakeServer();
  const { view } = server;
  server.append(Array.from({ length: 50 }, (_, index) => index % 10 === 9));
  server.hello();
  for (const place of [{ seq: 12 }, { time: START_MS + 12_000 }]) {
    void view.jumpTo(place);
    await server.settle();
    while (view.state.get().window.rows.length === 0) {
      void view.loadNewer();
      await server.settle();
    }
    const { target = 0, window, mode } = view.state.get();
    expect(mode).toBe('scrolled');
    expect(window.rows.find((row) => row.place >= target)?.place).toBe(20);
  }
  void view.jumpTo({ time: START_MS + 51_000 });
  await server.settle();
  expect(view.state.get()).toMatchObject({ mode: 'following', notice: 'nothing-later' });
});

test('a jump to a number behind all that fits says that there is nothing later, and follows', async () => {
  const server = new FakeServer();
  const { view } = server;
  server.append([true, true, true, false, false, false, false, false]);
  server.hello();
  void view.jumpTo({ seq: 5 });
  await server.settle();
  void view.loadNewer();
  await server.settle();
  expect(view.state.get()).toMatchObject({ mode: 'following', notice: 'nothing-later', target: undefined });
});

test('a jump that is given up, or had failed, says no more of itself', async () => {
  const server = new FakeServer();
  const { view } = server;
  server.append(Array.from({ length: 20 }, () => true));
  server.hello();
  const ends: (() => void)[] = [
    view.follow,
    () => {
      view.onLive([{ type: 'rewound', seq: 3 }]);
    },
  ];
  for (const end of ends) {
    for (const isBroken of [false, true]) {
      server.isBroken = isBroken;
      void view.jumpTo({ time: START_MS + 5_000 });
      if (isBroken) await server.answer(0);
      server.publish();
      expect(view.state.get().jump).not.toEqual({ isUnderWay: false, error: undefined });
      end();
      server.publish();
      expect(view.state.get().jump).toEqual({ isUnderWay: false, error: undefined });
      await server.settle();
      expect(view.state.get()).toMatchObject({ mode: 'following', jump: { isUnderWay: false } });
    }
  }
});

test('a long message is held by its beginning only, so that as many rows are held whatever is sent', async () => {
  const server = new FakeServer();
  const { view } = server;
  server.append(Array.from({ length: 30 }, () => true));
  server.stored = server.stored.map((record) => ({ ...record, message: 'x'.repeat(1_000_000) }));
  server.hello();
  view.scrollAway();
  for (let page = 0; page < 5; page += 1) {
    void view.loadOlder();
    await server.settle();
    assertWhole(server);
  }
  const { rows } = view.state.get().window;
  expect(rows).toHaveLength(MAX_ROWS);
  expect(JSON.stringify(rows).length).toBeLessThan(MAX_ROWS * 1_000);
  // What was in sight when the last page came is still there.
  expect(rows.map(({ place }) => place)).toEqual(expect.arrayContaining([15, 16, 17, 18, 19, 20, 21, 22]));
});

test('who may not look back sees what comes live, and where something of it was left out', () => {
  const published: (() => void)[] = [];
  const view = new MessageView({
    ask: undefined,
    schedule: (publish) => published.push(publish),
    maxRows: MAX_ROWS,
    pageSize: PAGE_SIZE,
  });
  const tell = (seqs: readonly number[]): void => {
    view.onLive(seqs.map((seq) => ({ type: 'record', record: recordOf(seq) })));
    for (const each of published.splice(0)) each();
  };
  view.onLive([{ type: 'hello', seq: 7 }]);
  tell([8, 9]);
  void view.loadOlder();
  view.pause();
  tell(Array.from({ length: 100 }, (_, index) => index + 10));
  void view.loadNewer();
  void view.jumpTo({ seq: 1 });
  tell([]);
  expect(view.state.get()).toMatchObject({ mode: 'paused', isAtNewest: true, jump: { isUnderWay: false } });
  const { rows, older, newer } = view.state.get().window;
  expect(older).toBeUndefined();
  expect(rows.slice(0, 2).map(({ place }) => place)).toEqual([8, 9]);
  expect(rows[2]).toMatchObject({ kind: 'gap', after: 9, before: newer.after + 1 });
  view.follow();
  tell([110]);
  expect(view.state.get().window.rows.at(-1)?.place).toBe(110);
});

test('another dump is begun anew, and told', () => {
  const server = new FakeServer();
  server.append([true, true, true]);
  server.hello();
  server.view.pause();
  server.view.onLive([{ type: 'rewound', seq: 1 }]);
  server.publish();
  expect(server.view.state.get()).toMatchObject({ notice: 'rewound', mode: 'following', isAtNewest: true });
  expect(server.view.state.get().window.newer).toEqual({ after: 1 });
});
