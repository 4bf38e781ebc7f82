import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runsOf } from '../../tests/support/machine.js';
import { JsonScanner, NO_VALUE } from './json-scanner.js';

const DEPTH = 6;

// Text that is nearly JSON: what a scanner might take for it.
const nearlyJson = fc.oneof(
  fc.json({ maxDepth: 4 }),
  fc
    .json({ maxDepth: 4 })
    .chain((json) =>
      fc
        .tuple(
          fc.nat(json.length),
          fc.nat(3),
          fc.constantFrom(...'{}[]:,"\\ \n\t0-+.eEu1x', '\u007f', 'é', ''),
        )
        .map(([at, removed, put]) => json.slice(0, at) + put + json.slice(at + removed)),
    ),
  fc
    .array(
      fc.constantFrom(...'{}[]:,"\\ \n019-+.eEutrfalsn', 'null', 'true', '"a"', '\\u00e9', '\\ud800', '😀'),
      {
        maxLength: 12,
      },
    )
    .map((parts) => parts.join('')),
  fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
);

function scan(text: string, depth = DEPTH) {
  const bytes = Buffer.from(text);
  const scanner = new JsonScanner(depth);
  scanner.open(bytes);
  const begin = scanner.skipSpace(0);
  const end = scanner.value(begin);
  const isWhole = end !== NO_VALUE && scanner.skipSpace(end) === bytes.length;
  return {
    isWhole,
    hasUnsafe: scanner.hasUnsafe,
    hasEscape: scanner.hasEscape,
    text: bytes.toString('utf8', begin, end),
  };
}

function parsed(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

describe('the scanner', () => {
  test('accepts what JSON.parse accepts, and nothing else', () => {
    fc.assert(
      fc.property(nearlyJson, (text) => {
        // Lone surrogates of the test's own making are no UTF-8.
        const sent = Buffer.from(text).toString('utf8');
        const expected = parsed(sent);
        const isRight = expected !== undefined && depthOf(expected.value) <= DEPTH;
        expect(scan(sent).isWhole).toBe(isRight);
      }),
      { numRuns: runsOf(20_000) },
    );
  });

  test('says of every text that it calls safe that it can stand in a line as it is', () => {
    fc.assert(
      fc.property(nearlyJson, (text) => {
        const sent = Buffer.from(text).toString('utf8');
        const { isWhole, hasUnsafe, text: value } = scan(sent);
        if (!isWhole) return;
        expect(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/u.test(value)).toBe(hasUnsafe);
      }),
      { numRuns: runsOf(5000) },
    );
  });

  test.each([
    ['[[[[[[1]]]]]]', true],
    ['[[[[[[[1]]]]]]]', false],
    ['{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}', true],
    ['{"a":{"a":{"a":{"a":{"a":{"a":{}}}}}}}', false],
  ])('%s is nested no deeper than six levels: %s', (text, isRight) => {
    expect(scan(text).isWhole).toBe(isRight);
  });

  test('looks no further than it may', () => {
    const bytes = Buffer.from('"ab"true12');
    const scanner = new JsonScanner(DEPTH);
    scanner.open(bytes);
    for (let end = 0; end < bytes.length; end += 1) {
      scanner.limit(end);
      expect(scanner.value(0)).toBe(end < 4 ? NO_VALUE : 4);
    }
    scanner.limit(7);
    expect(scanner.value(4)).toBe(NO_VALUE);
    scanner.limit(9);
    expect(scanner.value(8)).toBe(9);
  });

  test('is not slow at a string that is all but plain', () => {
    const text = JSON.stringify('é\u007f'.repeat(10_000));
    expect(scan(text)).toMatchObject({ isWhole: true, hasUnsafe: true });
  });

  test('finds the end of a text, and what is odd in it, wherever in eight bytes it stands', () => {
    const odd = [
      '',
      '\0',
      '\u001f',
      ' ',
      '!',
      '"',
      '#',
      '[',
      '\\n',
      '\\',
      ']',
      '~',
      '\u007f',
      '\u0080',
      'ß',
      '€',
      '😀',
    ];
    for (const [first, second] of odd.flatMap((one) => odd.map((other) => [one, other]))) {
      for (let before = 0; before < 18; before += 1) {
        const inside = `${'a'.repeat(before)}${String(first)}b${String(second)}`;
        const text = `"${inside}${'~'.repeat(before % 11)}"`;
        const value = parsed(text);
        const scanned = scan(text);
        expect(scanned.isWhole).toBe(value !== undefined);
        if (value === undefined) continue;
        expect(scanned.hasEscape).toBe(text.includes('\\'));
        expect(scanned.hasUnsafe).toBe(/[\p{Cc}]/u.test(text));
      }
    }
  });

  test('finds the end of a simple text where it finds that of any, with whatever stands behind it', () => {
    const simple = fc.array(fc.constantFrom('a', '~', ' ', '!', '#', '"', '\u001f', '\n', '\0'), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(simple, fc.nat(40), fc.nat(9), (parts, limit, begin) => {
        const text = `${' '.repeat(begin)}"${'b'.repeat(limit % 17)}${parts.join('')}`;
        const scanner = new JsonScanner(DEPTH);
        scanner.open(Buffer.from(text));
        for (const end of [text.length, Math.max(begin + 1, text.length - limit)]) {
          scanner.limit(end);
          expect(scanner.simpleString(begin)).toBe(scanner.string(begin));
        }
      }),
      { numRuns: runsOf(5000) },
    );
  });
});
