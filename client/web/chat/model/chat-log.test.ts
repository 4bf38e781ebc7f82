import { expect, test } from 'vitest';
import type { FollowedEvent } from '../../../api/feed/feed-follower.js';
import { Store } from '../../server/store.js';
import type { ChatLine } from './chat-line.js';
import { ChatLog, KEPT_LINES, KEPT_LINES_FURTHER_BACK } from './chat-log.js';

const START = '2026-11-21T02:44:57.000Z';
const LATER = '2026-11-21T02:45:00.000Z';

function newLog(canReadOlder = true) {
  const unread = new Store(0);
  return { unread, log: new ChatLog({ canReadOlder, unread, now: () => Date.parse(START) }) };
}

function connection(user: string, id = user) {
  return { id, user, endpoint: '127.0.0.1', door: 'websocket', since: START } as const;
}

function hello(seq: number): FollowedEvent {
  return { type: 'hello', seq, connection: connection('dale') };
}

function record(seq: number, user = 'laura', at = LATER) {
  return { seq, at, user, endpoint: '127.0.0.1', message: `text ${String(seq)}`, topic: 'chat' };
}

function came(seq: number, user?: string, at?: string): FollowedEvent {
  return { type: 'record', record: record(seq, user, at) };
}

function textOf(line: ChatLine): unknown {
  if (line.kind === 'message') return line.message.message;
  return line.kind === 'warning' ? 'warning' : `${line.connection.user} ${line.kind}`;
}

const textsOf = (log: ChatLog): readonly unknown[] => log.lines.get().map(textOf);

test('shows each record once, and goes on behind the last one', () => {
  const { log } = newLog();
  log.take([hello(4), came(5), came(6)]);
  log.take([hello(6), came(5), came(6), came(7)]);
  expect(textsOf(log)).toEqual(['text 5', 'text 6', 'text 7']);
  expect(log.lastSeen).toBe('7');
});

test('counts messages of others as unread, but those of before, of oneself, and what is watched', () => {
  const { log, unread } = newLog(false);
  log.take([hello(0), came(1, 'laura', '2026-11-21T02:00:00.000Z'), came(2), came(3, 'dale')]);
  expect(unread.get()).toBe(1);
  log.watch(true);
  expect(unread.get()).toBe(0);
  log.take([came(4)]);
  expect(unread.get()).toBe(0);
  log.watch(false);
  log.take([came(5), came(6)]);
  expect(unread.get()).toBe(2);
});

test('puts older messages in front, and knows where they begin', () => {
  const { log } = newLog();
  log.take([hello(8), came(9)]);
  const first = log.older.get();
  expect(first).toEqual({ before: 9 });
  if (first === undefined) return;
  log.takeOlder(first, { messages: [record(8), record(7)], next: 'more' });
  log.takeOlder(first, { messages: [record(8)], next: null });
  const second = log.older.get();
  expect(second).toEqual({ before: 9, cursor: 'more' });
  if (second === undefined) return;
  log.takeOlder(second, { messages: [record(2)], next: null });
  expect(textsOf(log)).toEqual(['text 2', 'text 7', 'text 8', 'text 9']);
  expect(log.older.get()).toBeUndefined();
});

test('keeps the latest lines only, whose older ones can be asked for again, unless somebody reads further back', () => {
  const { log } = newLog();
  log.take([hello(0)]);
  log.readBack(true);
  const all = Array.from({ length: KEPT_LINES + 10 }, (_, index) => came(index + 1));
  log.take(all);
  expect(log.lines.get()).toHaveLength(KEPT_LINES + 10);
  log.readBack(false);
  log.take([came(KEPT_LINES + 11)]);
  expect(log.lines.get()).toHaveLength(KEPT_LINES);
  expect(log.older.get()).toEqual({ before: 12 });
});

test('tells of users, not of connections, that come and go', async () => {
  const { log } = newLog();
  log.take([hello(0), { type: 'join', connection: connection('laura', '1') }]);
  await log.refreshPresent(() =>
    Promise.resolve([connection('dale'), connection('laura', '1'), connection('bob')]),
  );
  log.take([{ type: 'join', connection: connection('laura', '2') }]);
  log.take([{ type: 'leave', connection: connection('laura', '1') }]);
  log.take([{ type: 'leave', connection: connection('laura', '2') }]);
  expect(textsOf(log)).toEqual(['laura join', 'laura leave']);
  expect(log.present.get().map(({ name }) => name)).toEqual(['dale', 'bob']);
});

test('begins anew where the server has other messages, and tells of gaps', () => {
  const { log } = newLog();
  log.take([hello(8), came(9), { type: 'gap', after: 9, before: 20 }, came(20)]);
  expect(textsOf(log)).toEqual(['text 9', 'warning', 'text 20']);
  log.take([hello(3), { type: 'rewound', seq: 3 }, came(4)]);
  expect(textsOf(log)).toEqual(['warning', 'text 4']);
  expect(log.older.get()).toEqual({ before: 4 });
  log.take([{ type: 'gap', after: 50, before: 2 }, came(2)]);
  expect(textsOf(log)).toEqual(['warning', 'text 2']);
});

const manyRecords = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => record(first + index));

/** A log whose reader has gone so far back that the latest are not kept. The first line is 1. */
function farBack() {
  const { log } = newLog();
  log.take([hello(10_000), came(10_001)]);
  log.readBack(true);
  const place = log.older.get();
  if (place === undefined) throw new Error('there is nothing older');
  const messages = manyRecords(1, KEPT_LINES_FURTHER_BACK + 10).reverse();
  log.takeOlder(place, { messages, next: null });
  return log;
}

test('lets go of the latest where somebody reads far back, and never of what they read', () => {
  const log = farBack();
  expect(log.lines.get()).toHaveLength(KEPT_LINES_FURTHER_BACK);
  expect(textsOf(log)[0]).toBe('text 1');
  expect(log.newer.get()).toEqual({ after: KEPT_LINES_FURTHER_BACK });
  const before = log.lines.get();
  log.take([came(10_002)]);
  expect(log.lines.get()).toBe(before);
});

test('keeps what is read further back also where more comes than is kept', () => {
  const { log } = newLog();
  log.take([hello(0), came(1)]);
  log.readBack(true);
  log.take(manyRecords(2, KEPT_LINES_FURTHER_BACK).map(({ seq }) => came(seq)));
  expect(textsOf(log)[0]).toBe('text 1');
  expect(log.lines.get()).toHaveLength(KEPT_LINES_FURTHER_BACK);
});

test('reads on from far back to the latest, without a hole or a repetition, and follows again from there', () => {
  const log = farBack();
  log.take([came(10_002)]);
  const page = (messages: ReturnType<typeof manyRecords>, next: string | null) => {
    const place = log.newer.get();
    if (place !== undefined) log.takeNewer(place, { messages, next });
  };
  page(manyRecords(KEPT_LINES_FURTHER_BACK + 1, 10), 'more');
  expect(log.newer.get()).toEqual({ after: KEPT_LINES_FURTHER_BACK, cursor: 'more' });
  expect(log.older.get()).toEqual({ before: 11 });
  // It was read before the last one was said.
  page([record(10_001)], null);
  expect(log.newer.get()).toEqual({ after: 10_001 });
  log.take([came(10_003)]);
  page([record(10_002), record(10_003)], null);
  expect(log.newer.get()).toBeUndefined();
  log.readBack(false);
  log.take([came(10_004)]);
  expect(textsOf(log).slice(-4)).toEqual(['text 10001', 'text 10002', 'text 10003', 'text 10004']);
  expect(new Set(textsOf(log)).size).toBe(log.lines.get().length);
});

test('goes back to the latest from wherever somebody reads', () => {
  const log = farBack();
  log.take([came(10_002)]);
  log.toLatest();
  expect(log.lines.get()).toEqual([]);
  expect(log.newer.get()).toBeUndefined();
  expect(log.older.get()).toEqual({ before: 10_003 });
  log.take([came(10_003)]);
  expect(textsOf(log)).toEqual(['text 10003']);
});

test('tells who is there when that changes, and not with each message', async () => {
  const { log } = newLog();
  log.take([hello(0)]);
  await log.refreshPresent(() => Promise.resolve([connection('dale'), connection('laura', '1')]));
  const before = log.present.get();
  log.take([came(1), came(2)]);
  expect(log.present.get()).toBe(before);
  log.take([came(3), { type: 'join', connection: connection('laura', '2') }]);
  expect(log.present.get().map(({ connections }) => connections.length)).toEqual([1, 2]);
});
