import { expect, test } from 'vitest';
import { jsonLiteral } from '../format/json-literal.js';
import { DUMP_FORMATS } from '../format/dump-formats.js';
import { MAX_COMMIT_BYTES, RECORD_OVERHEAD, recoveryWindow } from './recovery-window.js';
import { encoded } from '../../tests/support/encoded.js';

const AT = '2026-11-21T02:44:57.123Z';
const LAST_SEQ = Number.MAX_SAFE_INTEGER - 1_000_000;
// The longest that a user's name and an address can be in the dump: each character an escape or of four bytes.
const USER = '@' + '\u{1d7d8}'.repeat(31);
const ENDPOINT = '0000:0000:0000:0000:0000:ffff:255.255.255.255%eth0000000000000';

// Each costs most where it stands for so many bytes of a request's JSON.
const COSTLY = ['\u007f', '"', '\\', '\u0085', '\u2028', '\ud800', '\u0001', '\u{1f600}', '\n', 'x'];

const LIMITS = [
  { maxBodyBytes: 1024, maxMessages: 1 },
  { maxBodyBytes: 2 ** 20, maxMessages: 1000 },
  { maxBodyBytes: 2 ** 20, maxMessages: 20_000 },
];

test.each(Object.values(DUMP_FORMATS))(
  'recovery looks at more than any batch of one request can become in $fileName',
  (format) => {
    for (const limits of LIMITS) {
      for (const character of COSTLY) {
        const bytes = Buffer.byteLength(JSON.stringify(character)) - 2;
        const count = Math.floor((limits.maxBodyBytes - 2) / bytes);
        const one = [character.repeat(count)];
        expect(sizeOf(format, one)).toBeLessThan(recoveryWindow(limits, format.growth));
        const each = Math.max(1, Math.floor((limits.maxBodyBytes / limits.maxMessages - 3) / bytes));
        expect(sizeOfMany(format, character.repeat(each), limits.maxMessages)).toBeLessThan(
          recoveryWindow(limits, format.growth),
        );
      }
    }
  },
);

test.each(Object.values(DUMP_FORMATS))(
  'recovery looks at more than any commit of many batches in $fileName, however small a request may be',
  (format) => {
    const smallest = recoveryWindow({ maxBodyBytes: 1, maxMessages: 1 }, format.growth);
    for (const character of COSTLY) {
      for (const length of [1, 100, 100_000]) {
        const message = character.repeat(length);
        const json = Buffer.byteLength(jsonLiteral(message));
        const count = Math.floor(MAX_COMMIT_BYTES / (json + RECORD_OVERHEAD));
        expect(sizeOfMany(format, message, count)).toBeLessThan(smallest);
      }
    }
  },
);

function sizeOf(format: (typeof DUMP_FORMATS)['csv'], messages: readonly string[]): number {
  const batch = { user: USER, endpoint: ENDPOINT, messages };
  return Buffer.byteLength(format.header + encoded(format, batch, LAST_SEQ, AT));
}

// All their numbers have as many digits, so each takes as many bytes.
function sizeOfMany(format: (typeof DUMP_FORMATS)['csv'], message: string, count: number): number {
  const header = Buffer.byteLength(format.header);
  return header + count * (sizeOf(format, [message]) - header);
}
