import { EventEmitter } from 'node:events';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AppError } from '../../errors/app-error.js';
import { FeedEnds } from './feed-ends.js';

const QUIET = pino({ level: 'silent' });

let cut: string[];

beforeEach(() => {
  cut = [];
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function end(ends: FeedEnds, name: string, reason?: AppError): EventEmitter {
  const closing = new EventEmitter();
  const close = () => {
    cut.push(name);
    closing.emit('close');
  };
  ends.cutLater(closing, close, reason);
  return closing;
}

test('who does not read why it is ended is cut off after 2 seconds, who was too slow after 10', () => {
  const ends = new FeedEnds(QUIET);
  end(ends, 'slow', new AppError('feed.too_slow'));
  end(ends, 'other', new AppError('session.invalid'));
  end(ends, 'broken');
  end(ends, 'gone').emit('close');
  vi.advanceTimersByTime(1999);
  expect(cut).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(cut).toEqual(['other', 'broken']);
  vi.advanceTimersByTime(7999);
  expect(cut).toEqual(['other', 'broken']);
  vi.advanceTimersByTime(1);
  expect(cut).toEqual(['other', 'broken', 'slow']);
});

test('a server that stops waits for none that were too slow', () => {
  const stop = new AbortController();
  const ends = new FeedEnds(QUIET, stop.signal);
  end(ends, 'gone', new AppError('feed.too_slow')).emit('close');
  end(ends, 'slow', new AppError('feed.too_slow'));
  stop.abort();
  expect(cut).toEqual(['slow']);
  vi.advanceTimersByTime(20_000);
  expect(cut).toEqual(['slow']);
});
