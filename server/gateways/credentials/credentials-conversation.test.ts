import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CredentialsConversation } from './credentials-conversation.js';

let said: (string | undefined)[];
let conversation: CredentialsConversation;

beforeEach(() => {
  vi.useFakeTimers();
  said = [];
  const socket = { end: () => socket } as never;
  conversation = new CredentialsConversation(socket, (request) => {
    said.push(request?.password);
    return Promise.resolve('');
  });
});

afterEach(() => {
  vi.useRealTimers();
});

const take = (text: string) => {
  conversation.take(Buffer.from(text));
};

test('what comes in one piece without its last line end is answered after a tenth of a second', () => {
  take('LOGIN\ndale\npie');
  vi.advanceTimersByTime(99);
  expect(said).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(said).toEqual(['pie']);
});

test('what comes in several has a second after each, so that no password is cut short', () => {
  for (const piece of ['LOGIN\n', 'dale\np', 'i']) {
    take(piece);
    vi.advanceTimersByTime(900);
  }
  expect(said).toEqual([]);
  take('e\n');
  expect(said).toEqual(['pie']);
});

test('a client that has not begun its last line is waited for', () => {
  take('LOGIN\ndale\n');
  vi.advanceTimersByTime(10_000);
  expect(said).toEqual([]);
  conversation.expire();
  expect(said).toEqual(['']);
});

test('when the gateway closes, a line that may go on has its pause still', () => {
  take('ADD\ndale\npi');
  conversation.expire();
  expect(said).toEqual([]);
  take('e\n');
  expect(said).toEqual(['pie']);
});

test('it is answered once, whatever comes then', () => {
  take('LOGIN\ndale\npie\n');
  take('DELETE\ndale\n');
  conversation.end();
  conversation.expire();
  expect(said).toEqual(['pie']);
});

test('who is gone is not answered', () => {
  take('LOGIN\ndale\npie');
  conversation.drop();
  vi.advanceTimersByTime(10_000);
  conversation.end();
  expect(said).toEqual([]);
});
