import { expect, test } from 'vitest';
import type { FollowedEvent } from '../../../api/feed/feed-follower.js';
import { Store } from '../../server/store.js';
import type { ChatLine } from './chat-line.js';
import { ChatLog, KEPT_LINES } from './chat-log.js';

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

test('tells of users, not of connections, that come and go', () => {
  const { log } = newLog();
  log.take([hello(0), { type: 'join', connection: connection('laura', '1') }]);
  log.takePresent([connection('dale'), connection('laura', '1'), connection('bob')]);
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
