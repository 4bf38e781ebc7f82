import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Batch } from './batch.js';
import { BatchBuilder } from './batch-builder.js';
import { BatchLimits } from './batch-limits.js';
import { encodedLength } from './encoded-length.js';
import { MAX_BATCH_MESSAGES, MAX_ENCODED_MESSAGE_BYTES, TARGET_BATCH_BYTES } from './message-limits.js';

function batchesOf(texts: readonly string[]): Batch[] {
  const builder = new BatchBuilder(new BatchLimits());
  const batches = texts.map((text, index) =>
    builder.add({ text, number: index + 1, encodedBytes: encodedLength(Buffer.from(text)) }),
  );
  return [...batches, builder.take()].filter((batch) => batch !== undefined);
}

// Long texts by repetition, so that both limits are met within few lines.
const anyText = fc
  .tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }), fc.nat(20_000))
  .map(([unit, times]) => unit.repeat(times));

test('no line is lost or moved, and each batch keeps the limits', () => {
  fc.assert(
    fc.property(fc.array(anyText, { maxLength: 60, size: 'max' }), (texts) => {
      const batches = batchesOf(texts);
      expect(batches.flatMap(({ messages }) => messages)).toEqual(texts);
      for (const { messages, firstLine, lastLine } of batches) {
        expect(lastLine - firstLine + 1).toBe(messages.length);
        const size = Buffer.byteLength(JSON.stringify(messages));
        if (messages.length > 1) expect(size).toBeLessThanOrEqual(TARGET_BATCH_BYTES + 2);
        expect(size).toBeLessThanOrEqual(MAX_ENCODED_MESSAGE_BYTES + 2);
      }
    }),
    { numRuns: 50 },
  );
});

test('a batch has at most a thousand messages', () => {
  const batches = batchesOf(Array.from({ length: 2 * MAX_BATCH_MESSAGES + 1 }, () => ''));
  expect(batches.map(({ messages }) => messages.length)).toEqual([1_000, 1_000, 1]);
  expect(batches.map(({ firstLine }) => firstLine)).toEqual([1, 1_001, 2_001]);
});
