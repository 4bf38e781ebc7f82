import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonValue } from '../../../protocol/json-value.js';
import { byteSource, LineBuffer } from '../../dump/format/line-buffer.js';
import type { FeedWire } from '../../features/feed/feed-service.js';
import { LOGIN_WIRE, OPEN_WIRE } from './chat-wires.js';

/** What a wire makes of a record that stands somewhere in some bytes. */
function written(wire: FeedWire, user: string, message: JsonValue): string {
  const json = Buffer.from(
    JSON.stringify({ seq: 1, at: 'now', user, endpoint: '::1', message, topic: 'chat' }),
  );
  const into = new LineBuffer(16);
  wire.record(
    into,
    1,
    byteSource(Buffer.concat([Buffer.from('{}'), json, Buffer.from('{}')])),
    2,
    json.length + 2,
  );
  return into.written.toString('utf8');
}

test.each<[JsonValue, string]>([
  ['hello', 'dale: hello\n'],
  ['hello\n', 'dale: hello\n'],
  ['hello\r\n', 'dale: hello\n'],
  ['one\ntwo\r\nthree\rfour', 'dale: one\ndale: two\ndale: three\ndale: four\n'],
  ['one\n\ntwo', 'dale: one\ndale: \ndale: two\n'],
  ['\u001b[31mred', 'dale: \\u001b[31mred\n'],
  [{ a: [1, 'ü'] }, 'dale: {"a":[1,"ü"]}\n'],
  [null, 'dale: null\n'],
])('%j is said by name', (message, lines) => {
  expect(written(LOGIN_WIRE, 'dale', message)).toBe(lines);
  expect(written(OPEN_WIRE, 'dale', message)).toBe(lines);
});

test('whatever is said by name, nothing but whole lines with the name comes of it, and no control character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (message) => {
      const lines = written(LOGIN_WIRE, 'dale', message).split('\n');
      expect(lines.pop()).toBe('');
      for (const line of lines) expect(line).toMatch(/^dale: \P{Cc}*$/u);
    }),
  );
});

test('what nobody says in the open chat is as it came', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (message) => {
      expect(written(OPEN_WIRE, 'anonymous', message)).toBe(message);
    }),
  );
  expect(written(LOGIN_WIRE, 'anonymous', 'hello')).toBe('anonymous: hello\n');
});

test('of very many lines the rest stands on the last one, escaped', () => {
  const lines = written(LOGIN_WIRE, 'dale', '\n'.repeat(100_000)).split('\n');
  expect(lines).toHaveLength(1001);
  expect(lines[999]).toBe(`dale: ${'\\u000a'.repeat(99_000)}`);
  const others = written(LOGIN_WIRE, 'dale', '\r\n'.repeat(2000)).split('\n');
  expect(others).toHaveLength(1001);
  expect(others[999]).toBe(`dale: ${'\\u000d\\u000a'.repeat(1000)}`);
});

test('of what is not said there is not a word', () => {
  const into = new LineBuffer(16);
  const connection = { id: '1', user: 'dale', endpoint: '::1', door: 'sse', since: 'now' } as const;
  for (const type of ['join', 'leave'] as const) LOGIN_WIRE.passing(into, { type, connection });
  LOGIN_WIRE.passing(into, { type: 'hello', seq: 1, connection });
  OPEN_WIRE.passing(into, { type: 'gap', after: 1, before: 3 });
  OPEN_WIRE.passing(into, { type: 'position', seq: 1 });
  expect(into.length).toBe(0);
});
