import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Heartbeat, type Peer } from './heartbeat.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function peerOf(heartbeat: Heartbeat, isUnheard = false) {
  const told: string[] = [];
  const peer: Peer = {
    heardAt: heartbeat.now(),
    isUnheard,
    ping: () => told.push('ping'),
    drop: () => {
      told.push('drop');
      heartbeat.remove(peer);
    },
  };
  heartbeat.add(peer);
  return { peer, told };
}

function heartbeatOf() {
  return new Heartbeat({ pingAfterMs: 15_000, goneAfterMs: 45_000, now: () => Date.now() });
}

test('asks a silent peer every 15 seconds, and drops it after 45', () => {
  const { told } = peerOf(heartbeatOf());
  vi.advanceTimersByTime(14_000);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(1000);
  expect(told).toEqual(['ping']);
  vi.advanceTimersByTime(29_000);
  expect(told).toEqual(['ping', 'ping']);
  vi.advanceTimersByTime(120_000);
  expect(told).toEqual(['ping', 'ping', 'drop']);
});

test('leaves one alone that is heard, and never drops one that answers', () => {
  const heartbeat = heartbeatOf();
  const [talker, answerer] = [peerOf(heartbeat), peerOf(heartbeat)];
  for (let second = 0; second < 120; second += 1) {
    vi.advanceTimersByTime(1000);
    talker.peer.heardAt = heartbeat.now();
    if (answerer.told.length > 0 && second % 20 === 0) answerer.peer.heardAt = heartbeat.now();
  }
  expect(talker.told).toEqual([]);
  expect(new Set(answerer.told)).toEqual(new Set(['ping']));
});

test('does not blame a peer for what is not read of it', () => {
  const { told } = peerOf(heartbeatOf(), true);
  vi.advanceTimersByTime(300_000);
  expect(told).toEqual([]);
});

test('needs a timer only while there is somebody', () => {
  const heartbeat = heartbeatOf();
  expect(vi.getTimerCount()).toBe(0);
  const [one, other] = [peerOf(heartbeat), peerOf(heartbeat)];
  expect(vi.getTimerCount()).toBe(1);
  heartbeat.remove(one.peer);
  heartbeat.remove(other.peer);
  expect(vi.getTimerCount()).toBe(0);
});
