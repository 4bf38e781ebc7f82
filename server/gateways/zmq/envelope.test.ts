import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openEnvelope } from './envelope.js';

const frames = (...texts: string[]) => texts.map((text) => Buffer.from(text));

test('the envelope is everything up to the first empty frame, the body what follows', () => {
  expect(openEnvelope(frames('peer', '', '{}'))).toEqual({
    peer: 'peer',
    envelope: frames('peer', ''),
    body: Buffer.from('{}'),
  });
  expect(openEnvelope(frames('peer', 'router', '', '{}'))?.envelope).toEqual(frames('peer', 'router', ''));
});

test('a body may be empty; one of several frames is none, but can be answered', () => {
  expect(openEnvelope(frames('peer', '', ''))?.body).toEqual(Buffer.alloc(0));
  expect(openEnvelope(frames('peer', '', 'a', 'b'))).toMatchObject({
    body: undefined,
    envelope: frames('peer', ''),
  });
});

test.each([
  ['nothing', []],
  ['no delimiter', ['peer', '{}']],
  ['no body', ['peer', '']],
  ['an envelope that is too long', ['peer', ...Array.from({ length: 20 }, () => 'hop'), '', '{}']],
])('what has %s cannot be answered', (_what, texts) => {
  expect(openEnvelope(frames(...texts))).toBeUndefined();
});

test('any frames are read, or are no request', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 3 })), (content) => {
      const received = content.map((bytes) => Buffer.from(bytes));
      const request = openEnvelope(received);
      if (request === undefined) return;
      expect(request.envelope.at(-1)).toHaveLength(0);
      expect(received.slice(0, request.envelope.length)).toEqual(request.envelope);
    }),
  );
});
