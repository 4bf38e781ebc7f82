import { expect, test } from 'vitest';
import type { FollowedEvent } from '../../../api/feed/feed-follower.js';
import { FeedLag } from './feed-lag.js';

const SERVER_NOW = Date.parse('2026-11-21T12:00:00.000Z');

test('is told by the server’s clock, whatever the clock here says', () => {
  const lag = new FeedLag();
  const here = SERVER_NOW + 3_600_000;
  lag.take([hello(SERVER_NOW)], here);
  lag.take([record(SERVER_NOW + 1_000)], here + 1_050);
  expect(lag.secondsAt(here + 1_050)).toBe(0);
  lag.take([record(SERVER_NOW + 1_000), record(SERVER_NOW + 2_000)], here + 22_000);
  expect(lag.secondsAt(here + 22_100)).toBe(20);
});

test('is over where nothing has come for a while, and not known before the server has told its time', () => {
  const lag = new FeedLag();
  lag.take([record(SERVER_NOW - 60_000)], SERVER_NOW);
  expect(lag.secondsAt(SERVER_NOW)).toBe(0);
  lag.take([hello(SERVER_NOW), record(SERVER_NOW - 60_000)], SERVER_NOW);
  expect(lag.secondsAt(SERVER_NOW)).toBe(60);
  expect(lag.secondsAt(SERVER_NOW + 2_001)).toBe(0);
});

function hello(since: number): FollowedEvent {
  const connection = { id: '1', user: 'ann', endpoint: '127.0.0.1', door: 'websocket' } as const;
  return { type: 'hello', seq: 0, connection: { ...connection, since: new Date(since).toISOString() } };
}

function record(at: number): FollowedEvent {
  const of = { endpoint: '127.0.0.1', user: 'ann', message: 'one of many' };
  return { type: 'record', record: { seq: 1, at: new Date(at).toISOString(), ...of } };
}
