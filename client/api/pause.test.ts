import { expect, test } from 'vitest';
import { until } from '../../server/tests/support/until.js';
import { pause } from './pause.js';

test('lasts as long as is asked for', async () => {
  const before = performance.now();
  await pause(30, new AbortController().signal);
  // A timer may be a fraction of a millisecond early.
  expect(performance.now() - before).toBeGreaterThanOrEqual(29);
});

test('ends with the signal, and at once where that was given before', async () => {
  const stop = new AbortController();
  const waiting = pause(2 ** 30, stop.signal);
  stop.abort();
  await waiting;
  await pause(2 ** 30, stop.signal);
});

test('leaves nothing behind, whichever way it ends', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  const stop = new AbortController();
  const waiting = [pause(1, stop.signal), pause(2 ** 30, stop.signal)];
  await waiting[0];
  stop.abort();
  await waiting[1];
  await until('as many timers as before', () => timers() <= before);
});
