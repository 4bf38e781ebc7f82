import { expect, test } from 'vitest';
import { Pace } from '../../net/pace.js';
import { until } from '../../tests/support/until.js';
import { PacedSpeech } from './paced-speech.js';

function createSource() {
  const source = {
    isPaused: false,
    pause: () => (source.isPaused = true),
    resume: () => (source.isPaused = false),
  };
  return source;
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

test('what is read is said in order, no more than 64 at once, and meanwhile nothing is read', async () => {
  const source = createSource();
  const waiting: (() => void)[] = [];
  const said: number[] = [];
  const speech = new PacedSpeech<number>(source, new Pace(0), async (number) => {
    said.push(number);
    await new Promise<void>((resolve) => waiting.push(resolve));
  });
  speech.take(numbers(100));
  expect([said.length, source.isPaused, speech.isHeldUp]).toEqual([64, true, true]);
  const finished = speech.finish();
  for (const done of waiting.splice(0)) done();
  await until('the others are said', () => said.length === 100);
  expect([source.isPaused, speech.isHeldUp]).toEqual([false, false]);
  for (const done of waiting.splice(0)) done();
  await finished;
  expect(said).toEqual(numbers(100));
});

test('nothing is read while it waits for its pace', async () => {
  const source = createSource();
  const said: number[] = [];
  const speech = new PacedSpeech<number>(source, new Pace(20), (number) => {
    said.push(number);
    return Promise.resolve();
  });
  speech.take(numbers(25));
  expect(said.length).toBeLessThan(25);
  expect(source.isPaused).toBe(true);
  await speech.finish();
  expect(said).toEqual(numbers(25));
  await until('it is read on', () => !source.isPaused);
});

test('when it is stopped it says no more, and finishing waits for nothing that waits', async () => {
  const source = createSource();
  const said: number[] = [];
  const speech = new PacedSpeech<number>(source, new Pace(1), (number) => {
    said.push(number);
    return Promise.resolve();
  });
  speech.take(numbers(3));
  const finished = speech.finish();
  speech.stop();
  await finished;
  speech.take(numbers(3));
  expect(said).toEqual([0]);
});

test('what has been read is looked at only when its turn comes', () => {
  let looked = 0;
  const speech = new PacedSpeech<number>(createSource(), new Pace(0), () => new Promise(() => undefined));
  speech.take(
    (function* () {
      for (;;) yield (looked += 1);
    })(),
  );
  expect(looked).toBe(64);
});
