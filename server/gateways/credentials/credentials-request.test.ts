import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CredentialsReader, type Progress } from './credentials-request.js';

function read(...pieces: (string | Buffer)[]) {
  const reader = new CredentialsReader();
  let progress: Progress = 'partial';
  for (const piece of pieces) progress = reader.take(Buffer.from(piece));
  return { progress, request: reader.request() };
}

const login = { command: 'LOGIN', user: 'dale', password: 'pie' };

test.each([
  ['LOGIN\ndale\npie\n', login],
  ['LOGIN\r\ndale\r\npie\r\n', login],
  ['LOGIN\ndale\npie\nmore that is ignored', login],
  ['ADD\ndale\n pie \n', { command: 'ADD', user: 'dale', password: ' pie ' }],
  ['UPDATE\ndale\n\n', { command: 'UPDATE', user: 'dale', password: '' }],
  ['DELETE\ndale\n', { command: 'DELETE', user: 'dale', password: '' }],
])('%j is complete', (text, request) => {
  expect(read(text)).toEqual({ progress: 'complete', request });
  expect(read(...text)).toEqual({ progress: 'complete', request });
});

test.each([
  ['LOGIN\ndale\npie', login],
  ['LOGIN\ndale\npie\r', login],
  ['DELETE\ndale', { command: 'DELETE', user: 'dale', password: '' }],
])('%j is complete if nothing more comes', (text, request) => {
  expect(read(text)).toEqual({ progress: 'likely', request });
});

test.each([
  ['', undefined],
  ['LOG', undefined],
  ['LOGIN', undefined],
  ['LOGIN\n', undefined],
  ['LOGIN\ndale', undefined],
  ['LOGIN\ndale\n', { ...login, password: '' }],
  ['DELETE\n', { command: 'DELETE', user: '', password: '' }],
])('%j has to go on', (text, request) => {
  expect(read(text)).toEqual({ progress: 'partial', request });
});

test('a request that ends within a character has to go on', () => {
  expect(read('LOGIN\ndale\n', Buffer.from([0xc3])).progress).toBe('partial');
});

test.each([
  ['another word', 'HELLO\n'],
  ['another word without an end', 'HELLO'],
  ['lower case', 'login\n'],
  ['a word that begins like one', 'LOGINS'],
  ['a name of an object', 'constructor\n'],
  ['an empty line', '\n'],
  ['what is no UTF-8', Buffer.from([0xff, 0xfe])],
  ['a beginning of TLS', Buffer.from('160301020001', 'hex')],
  ['an endless line', 'L'.repeat(100_000)],
])('%s is no request, at once', (_what, content) => {
  expect(read(content)).toEqual({ progress: 'complete', request: undefined });
});

test('a line that is over-long or no UTF-8 is there, but says nothing', () => {
  expect(read(`LOGIN\n${'x'.repeat(2000)}`).progress).toBe('complete');
  expect(read(`LOGIN\n${'x'.repeat(2000)}\npie\n`).request).toEqual({ ...login, user: undefined });
  expect(read(Buffer.from('LOGIN\ndale\n\xff\n', 'latin1')).request).toEqual({
    ...login,
    password: undefined,
  });
});

test('any bytes in any cut come to the same request, and no less far than before', () => {
  const words = ['LOGIN', 'ADD', 'DELETE', 'dale', '\n', '\r\n', ' ', 'é', '\0'].map((word) =>
    Buffer.from(word),
  );
  const piece = fc.oneof(
    fc.constantFrom(...words),
    fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const whole = read(Buffer.concat(pieces));
      const reader = new CredentialsReader();
      for (const bytes of pieces) {
        if (reader.take(bytes) !== 'complete') continue;
        expect(whole).toEqual({ progress: 'complete', request: reader.request() });
        return;
      }
      expect(whole.progress).not.toBe('complete');
      expect(whole.request).toEqual(reader.request());
    }),
  );
});
