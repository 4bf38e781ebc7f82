import { expect, test } from 'vitest';
import { OwnMessages } from './own-messages.js';

const at = '2026-11-21T02:44:57.123Z';
const stored = (seq: number, message: string, user = 'dale') => ({ seq, at, user, endpoint: 'x', message });
const passing = (message: string, user = 'dale') => ({ at, user, endpoint: 'x', message });

function ownMessages(): OwnMessages {
  const own = new OwnMessages();
  own.connected('dale');
  return own;
}

test('what comes behind its answer is one’s own, also over the next connection', () => {
  const own = ownMessages();
  own.begin('hi');
  expect(own.acknowledged(7)).toEqual([]);
  own.connected('dale');
  expect(own.isOthers(stored(7, 'hi'))).toBe(false);
  expect(own.isOthers(stored(8, 'hi'))).toBe(true);
});

test('what comes before its answer is held until that says which one it was', () => {
  const own = ownMessages();
  own.begin('hi');
  expect(own.isOthers(stored(6, 'hi'))).toBe(false);
  expect(own.isOthers(stored(7, 'hi'))).toBe(false);
  expect(own.isOthers(stored(8, 'hi', 'bob'))).toBe(true);
  expect(own.acknowledged(7)).toEqual([stored(6, 'hi')]);
});

test('what is not recorded is known by its text, once', () => {
  const own = ownMessages();
  own.begin('hi');
  expect(own.acknowledged(null)).toEqual([]);
  expect([own.isOthers(passing('hi')), own.isOthers(passing('hi'))]).toEqual([false, true]);
  own.begin('ho');
  expect(own.isOthers(passing('ho'))).toBe(false);
  expect(own.acknowledged(null)).toEqual([]);
  expect(own.isOthers(passing('ho'))).toBe(true);
});

test('what came while a message was under way of which nothing is known is shown', () => {
  const own = ownMessages();
  own.begin('hi');
  expect(own.isOthers(stored(7, 'hi'))).toBe(false);
  expect(own.failed()).toEqual([stored(7, 'hi')]);
});

test('what was not recorded and is still to come is not waited for over another connection', () => {
  const own = ownMessages();
  own.begin('hi');
  own.acknowledged(null);
  own.connected('dale');
  expect(own.isOthers(passing('hi'))).toBe(true);
});
