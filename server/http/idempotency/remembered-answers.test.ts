import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type AnswerLimits, RememberedAnswers, type WholeAnswer } from './remembered-answers.js';

const LIMITS: AnswerLimits = { keptForMs: 1000, answers: 10, answersOfOne: 3, bytes: 64 * 1024 };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function answerOf(status: number, bytes = 2): WholeAnswer {
  return { status, headers: {}, body: Buffer.alloc(bytes) };
}

function ask(answers: RememberedAnswers, id: string, asker = id) {
  return answers.begin({ asker, id, fingerprint: 'f' });
}

test('who waits gets the answer, whatever it is, and so does who comes later', async () => {
  const answers = new RememberedAnswers(LIMITS);
  const tell = ask(answers, 'a');
  const waiting = answers.find('a')?.answer;
  tell(answerOf(201));
  expect(await waiting).toEqual(answerOf(201));
  expect(await answers.find('a')?.answer).toEqual(answerOf(201));
});

test.each([429, 500, 503])('an answer of %d is for who waits, and is not remembered', async (status) => {
  const answers = new RememberedAnswers(LIMITS);
  const tell = ask(answers, 'a');
  const waiting = answers.find('a')?.answer;
  tell(answerOf(status));
  expect(await waiting).toEqual(answerOf(status));
  expect(answers.find('a')).toBeUndefined();
  expect(answers.bytes).toBe(0);
});

test('nothing stays longer than its time, though nobody asks', () => {
  const answers = new RememberedAnswers(LIMITS);
  ask(answers, 'a')(answerOf(201));
  vi.advanceTimersByTime(LIMITS.keptForMs - 1);
  expect(answers.bytes).toBeGreaterThan(0);
  vi.advanceTimersByTime(1);
  expect(answers.find('a')).toBeUndefined();
  expect(answers.bytes).toBe(0);
});

test('of one asker the oldest goes first, and those of others stay', () => {
  const answers = new RememberedAnswers(LIMITS);
  ask(answers, 'other')(answerOf(201));
  for (const id of ['a', 'b', 'c', 'd']) ask(answers, id, 'one')(answerOf(201));
  expect(['other', 'a', 'b', 'c', 'd'].filter((id) => answers.find(id) !== undefined)).toEqual([
    ...['other', 'b', 'c', 'd'],
  ]);
});

test('there are never more answers, nor bytes, than there may be, and what is under way stays', () => {
  const answers = new RememberedAnswers(LIMITS);
  const late = ask(answers, 'late');
  for (let count = 0; count < 100; count += 1) ask(answers, `small ${String(count)}`)(answerOf(201));
  expect(answers.find('small 89')).toBeUndefined();
  expect(answers.find('small 90')).toBeDefined();
  for (let count = 0; count < 100; count += 1) {
    ask(answers, `large ${String(count)}`)(answerOf(201, 30_000));
    expect(answers.bytes).toBeLessThanOrEqual(LIMITS.bytes);
  }
  expect(answers.find('large 99')).toBeDefined();
  expect(answers.find('large 97')).toBeUndefined();
  expect(answers.find('late')).toBeDefined();
  late(answerOf(201, LIMITS.bytes));
  expect(answers.find('late')).toBeUndefined();
  expect(answers.find('large 99')).toBeDefined();
  expect(vi.getTimerCount()).toBe(2);
});
