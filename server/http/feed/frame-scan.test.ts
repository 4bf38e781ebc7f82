import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FrameScan } from './frame-scan.js';

const frame = fc.record({
  kind: fc.constantFrom('whole', 'first', 'control'),
  length: fc.oneof(fc.nat(200), fc.nat(70_000)),
});

/** A masked frame of zeros. */
function bytesOf(opcode: number, isFinal: boolean, length: number): Buffer {
  const head = Buffer.alloc(14);
  head[0] = (isFinal ? 0x80 : 0) | opcode;
  const extended = length > 0xffff ? 8 : length > 125 ? 2 : 0;
  head[1] = 0x80 | (extended === 8 ? 127 : extended === 2 ? 126 : length);
  if (extended === 2) head.writeUInt16BE(length, 2);
  if (extended === 8) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head.subarray(0, 2 + extended + 4), Buffer.alloc(length, 0xff)]);
}

test('however frames are cut, messages begin and end where theirs do, and control frames are none', () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 8 }), fc.integer({ min: 1, max: 5000 }), (frames, piece) => {
      const scan = new FrameScan();
      let isWithin = false;
      let ended = 0;
      for (const { kind, length } of frames) {
        const bytes =
          kind === 'control'
            ? bytesOf(0xa, true, length % 126)
            : bytesOf(isWithin ? 0 : 1, kind === 'whole', length);
        for (let at = 0; at < bytes.length; at += piece) {
          scan.push(bytes.subarray(at, at + piece));
          const hasCome = at + piece >= bytes.length;
          if (!hasCome && kind !== 'control') expect(scan.isWithin).toBe(true);
        }
        if (kind === 'first') isWithin = true;
        if (kind === 'whole') {
          isWithin = false;
          ended += 1;
        }
        expect([scan.isWithin, scan.ended]).toEqual([isWithin, ended]);
      }
      expect(scan.frames).toBe(frames.length);
    }),
    { numRuns: 50 },
  );
});
