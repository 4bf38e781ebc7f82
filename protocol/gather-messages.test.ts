import { describe, expect, test } from 'vitest';
import { MAX_PASSWORD_CHARACTERS } from './credentials.js';
import { authenticateRequest, gatherAnswer, identifyRequest, messageRequest } from './gather-messages.js';

describe('IDENTIFY', () => {
  test('needs a user name', () => {
    expect(identifyRequest.safeParse({ username: 'dale' }).success).toBe(true);
    for (const username of [undefined, null, 1, true, [], {}, ['dale'], '', 'da le']) {
      expect(identifyRequest.safeParse({ username }).success).toBe(false);
    }
  });

  test('does not look at keys that it does not know', () => {
    const body = { username: 'dale', role: 'admin' };
    expect(identifyRequest.parse(body)).toEqual({ username: 'dale' });
    Object.defineProperty(body, 'more', { enumerable: true, get: lookedAt });
    expect(identifyRequest.parse(body)).toEqual({ username: 'dale' });
  });
});

describe('a password', () => {
  const isAccepted = (password: unknown) =>
    authenticateRequest.safeParse({ username: 'dale', password }).success;

  test.each(['pass', ' ', '\0', 'x'.repeat(MAX_PASSWORD_CHARACTERS), '😀'.repeat(MAX_PASSWORD_CHARACTERS)])(
    'can be %j',
    (password) => {
      expect(isAccepted(password)).toBe(true);
    },
  );

  test.each([undefined, null, 1, ['pass'], '', 'x'.repeat(129), '😀'.repeat(129)])(
    'cannot be %j',
    (password) => {
      expect(isAccepted(password)).toBe(false);
    },
  );
});

describe('a MESSAGE', () => {
  const isAccepted = (message: unknown) => messageRequest.safeParse({ token: 't', message }).success;

  test.each(['', 'logout', 'Hail Dale!', '\0', '\ud800'])('can be the text %j', (message) => {
    expect(isAccepted(message)).toBe(true);
  });

  test('can be an array of at least one text', () => {
    expect(isAccepted(['one'])).toBe(true);
    expect(isAccepted(['', 'logout', ''])).toBe(true);
    expect(isAccepted([])).toBe(false);
  });

  test.each([undefined, null, 1, false, {}, [1], ['one', null], [['one']]])('cannot be %j', (message) => {
    expect(isAccepted(message)).toBe(false);
  });

  test('of many wrong elements is one problem, and nothing after the first one is looked at', () => {
    const wrong = Array<number>(500_000).fill(1);
    expect(messageRequest.safeParse({ token: 't', message: wrong }).error?.issues).toHaveLength(1);
    const trapped = Object.defineProperty(['fine', 1, 'x'], 2, { get: lookedAt });
    expect(isAccepted(trapped)).toBe(false);
  });

  test('is what was sent, and not a copy', () => {
    const message = ['one', 'two'];
    expect(messageRequest.parse({ token: 't', message }).message).toBe(message);
  });

  test('needs a token that is a text', () => {
    expect(messageRequest.safeParse({ message: 'x' }).success).toBe(false);
    expect(messageRequest.safeParse({ token: 1, message: 'x' }).success).toBe(false);
  });
});

test('an answer has three fields, and a token only where there is one', () => {
  const answer = { status_code: 201, status_message: 'New User Created', status_description: 'Created' };
  expect(gatherAnswer.parse(answer)).toEqual(answer);
  expect(gatherAnswer.parse({ ...answer, token: '' })).toEqual({ ...answer, token: '' });
  expect(gatherAnswer.safeParse({ ...answer, status_code: '201' }).success).toBe(false);
});

function lookedAt(): never {
  throw new Error('This was looked at.');
}
