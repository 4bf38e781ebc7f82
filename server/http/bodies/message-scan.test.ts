import fc from 'fast-check';
import { expect, test } from 'vitest';
import { messageRequest } from '../../../protocol/gather-messages.js';
import { SPAN_STRIDE, type MessageList } from '../../dump/message-log.js';
import { MessageScan } from './message-scan.js';

const UNSAFE = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/u;

function textsOf({ count, bytes, spans }: MessageList): unknown[] {
  return Array.from({ length: count }, (_, index) => {
    const base = index * SPAN_STRIDE;
    const json = Buffer.from(bytes.subarray(spans[base], spans[base + 1])).toString('utf8');
    expect(UNSAFE.test(json)).toBe(false);
    expect([...spans.subarray(base + 2, base + SPAN_STRIDE)]).toEqual([0, 0, 0, 0]);
    return JSON.parse(json) as unknown;
  });
}

const anyText = fc.oneof(
  fc.constantFrom('', 'logout', 'Hail Dale!', 'MESSAGE'),
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom('"', '\\', '\n', '\u007f', '\u0085', '\u2028', '\u202e', 'é', '😀', 'x'.repeat(50)),
    )
    .map((parts) => parts.join('')),
);
const anyValue = fc.oneof(
  { weight: 4, arbitrary: anyText },
  { weight: 3, arbitrary: fc.array(anyText, { maxLength: 4 }) },
  { weight: 1, arbitrary: fc.json().map((json) => JSON.parse(json) as unknown) },
);
const anyField = fc.tuple(
  fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('message_type', 'token', 'message') },
    { weight: 1, arbitrary: fc.constantFrom('producer', 'number', 'username', '__proto__', '') },
  ),
  fc.oneof({ weight: 2, arbitrary: fc.constant('MESSAGE') }, { weight: 3, arbitrary: anyValue }),
);
const wholeMessage = fc.tuple(anyText, anyValue, fc.nat(5)).map(([token, message, turn]) => {
  const fields: [string, unknown][] = [
    ['message_type', 'MESSAGE'],
    ['token', token],
    ['message', message],
  ];
  return [...fields.slice(turn % 3), ...fields.slice(0, turn % 3)];
});

// As any sender may write it: with white space, with escapes, with a field twice, cut off, with something behind it.
const anyBody = fc
  .tuple(
    fc.oneof(wholeMessage, fc.array(anyField, { maxLength: 4 })),
    fc.constantFrom('', ' ', '\n\t'),
    fc.boolean(),
    fc.constantFrom('', '', '', '', '}', ' ', 'x', ','),
  )
  .map(([fields, space, isEscaped, behind]) => {
    const parts = fields.map(
      ([name, value]) => `${JSON.stringify(name)}${space}:${space}${JSON.stringify(value)}`,
    );
    const body = `${space}{${space}${parts.join(`${space},${space}`)}${space}}${space}${behind}`;
    return isEscaped
      ? body.replace(/[go€é]/g, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`)
      : body;
  });

test('what it finds in a body is what parsing it finds; the rest is left to the parser', () => {
  const scan = new MessageScan(8);
  let found = 0;
  fc.assert(
    fc.property(anyBody, (body) => {
      const bytes = Buffer.from(body);
      const gathered = scan.find(bytes);
      if (gathered === undefined) return;
      found += 1;
      const parsed = JSON.parse(bytes.toString('utf8')) as { message_type?: unknown };
      expect(parsed.message_type).toBe('MESSAGE');
      const { token, message } = messageRequest.parse(parsed);
      expect(['', 'logout']).not.toContain(message);
      expect(gathered.token).toBe(token);
      expect(gathered.isLogout).toBe(false);
      expect(textsOf(gathered.messages)).toEqual(typeof message === 'string' ? [message] : message);
    }),
    { numRuns: 20_000 },
  );
  expect(found).toBeGreaterThan(1000);
});

test.each([
  '{"message_type":"MESSAGE","token":"t","message":"Hail Dale!"}',
  '{"token":"t","message":["a","","logout"],"message_type":"MESSAGE"}',
])('a usual body is found: %s', (body) => {
  expect(new MessageScan(8).find(Buffer.from(body))).toMatchObject({ token: 't', isLogout: false });
});

test.each([
  '{"message_type":"MESSAGE","token":"t","message":""}',
  '{"message_type":"MESSAGE","token":"t","message":"logout"}',
  '{"message_type":"MESSAGE","token":"t","message":"log\\u006fut"}',
  '{"message_type":"MESSAGE","token":"t","message":"\\u006c\\u006f\\u0067\\u006f\\u0075\\u0074"}',
  '{"message_type":"MESSAGE","token":"t","message":[]}',
  '{"message_type":"MESSAGE","token":"t","message":["a",1]}',
  '{"message_type":"MESSAGE","token":"t","message":"a","message":""}',
  '{"message_type":"MESSAGE","token":"t","message":"a","number":1}',
  '{"message_type":"IDENTIFY","token":"t","message":"a"}',
  '{"message_type":"MESSAGE","token":"\\u0074","message":"a"}',
  '{"message_type":"MESSAGE","token":"t","message":"a"}}',
  '{"message_type":"MESSAGE","token":"t","message":"a"',
  '["message_type"]',
  '',
])('a body that needs a closer look is left alone: %s', (body) => {
  expect(new MessageScan(8).find(Buffer.from(body))).toBeUndefined();
});
