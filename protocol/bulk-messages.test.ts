import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bulkBody, bulkMessage, messageTime, producerNumber, topic } from './bulk-messages.js';
import { bulkProblem, problem } from './problem.js';

test('any JSON is a message', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (message) => {
      const item = { message, topic: 'app', time: '2026-11-21T02:44:57Z' };
      expect(bulkMessage.parse(item)).toEqual(item);
      expect(bulkBody.safeParse([item, { message }]).success).toBe(true);
    }),
  );
});

test.each([
  ['no message', {}],
  ['a key that is not known', { message: 1, Topic: 'app' }],
  ['a topic that is none', { message: 1, topic: null }],
  ['a list', [{ message: 1 }]],
  ['a text', 'message'],
])('%s is no item', (_what, item) => {
  expect(bulkMessage.safeParse(item).success).toBe(false);
});

test('a topic is 1 to 64 plain characters, whatever else may stand in a text', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 70 }), (text) => {
      const isPlain = text.length >= 1 && text.length <= 64 && [...text].every((each) => /[\w.-]/.test(each));
      expect(topic.safeParse(text).success).toBe(isPlain);
    }),
  );
  for (const [text, isTopic] of [
    ['a'.repeat(64), true],
    ['a'.repeat(65), false],
    ['app.web-1_x', true],
    ['app\n', false],
  ] as const)
    expect(topic.safeParse(text).success, text).toBe(isTopic);
});

describe('a time', () => {
  test('is every moment as JavaScript writes it, with any fraction and offset', () => {
    const moments = fc.date({
      min: new Date('0001-01-01'),
      max: new Date('9999-12-31'),
      noInvalidDate: true,
    });
    const fractions = fc.stringMatching(/^(?:\.\d{1,9})?$/);
    const offsets = fc.stringMatching(/^(?:Z|[+-](?:0\d|1\d|2[0-3]):[0-5]\d)$/);
    fc.assert(
      fc.property(moments, fractions, offsets, (moment, fraction, offset) => {
        const time = `${moment.toISOString().slice(0, 19)}${fraction}${offset}`;
        expect(messageTime.safeParse(time).success, time).toBe(true);
        expect(Date.parse(time)).not.toBeNaN();
      }),
    );
  });

  test.each([
    '2026-11-21T02:44:57',
    '2026-11-21T02:44Z',
    '2026-11-21 02:44:57Z',
    '2026-02-30T02:44:57Z',
    '2026-11-21T24:00:00Z',
    '2026-11-21T02:44:57+0100',
    '2026-11-21T02:44:57.Z',
    '1795229097',
    '',
  ])('is not %j', (text) => {
    expect(messageTime.safeParse(text).success).toBe(false);
  });
});

test.each([0, -1, 1.5, Number.MAX_SAFE_INTEGER + 1, '1', null])('%j numbers no message', (number) => {
  expect(producerNumber.safeParse(number).success).toBe(false);
});

test('a problem keeps members that are not known', () => {
  const body = {
    type: 'about:blank',
    title: 'Conflict',
    status: 409,
    detail: 'd',
    code: 'producer.gap',
    expected: 7,
  };
  expect(problem.parse(body)).toEqual(body);
  expect(bulkProblem.safeParse({ ...body, accepted: 1, duplicates: 0, last: null }).success).toBe(true);
  expect(bulkProblem.safeParse({ ...body, accepted: -1 }).success).toBe(false);
});
