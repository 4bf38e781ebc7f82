import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codePointCount, isUserName, MAX_USER_NAME_CHARACTERS, userNameKey } from './user-name.js';

const anyText = fc.string({ unit: 'binary', maxLength: 40 });
const anyName = fc
  .string({
    unit: fc.oneof(fc.constantFrom(...'aZßẞ.-_@+9éŉıİΣς'), fc.string({ unit: 'grapheme', maxLength: 1 })),
  })
  .filter(isUserName);

describe('the key of a user name', () => {
  test('is its own key', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        expect(userNameKey(userNameKey(name))).toBe(userNameKey(name));
      }),
      { numRuns: 2000 },
    );
  });

  test('of each letter there is is its own key, and the key of the letter in upper and in lower case', () => {
    const wrong: string[] = [];
    for (let code = 0; code <= 0x10ffff; code += 1) {
      const letter = String.fromCodePoint(code);
      const key = userNameKey(letter);
      const variants = [key, letter.toUpperCase(), letter.toLowerCase(), letter.normalize('NFKC')];
      if (variants.some((variant) => userNameKey(variant) !== key)) wrong.push(`U+${code.toString(16)}`);
    }
    expect(wrong).toEqual([]);
  });

  test('is the same for every way of writing a name that NFKC and case make equal', () => {
    const rewrite = fc.constantFrom(
      (name: string) => name.normalize('NFD'),
      (name: string) => name.normalize('NFC'),
      (name: string) => name.normalize('NFKC'),
      (name: string) => name.normalize('NFKD'),
      (name: string) => name.toUpperCase(),
      (name: string) => name.toLowerCase(),
      (name: string) => userNameKey(name),
    );
    fc.assert(
      fc.property(anyName, rewrite, (name, rewritten) => {
        expect(userNameKey(rewritten(name))).toBe(userNameKey(name));
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['Dale', 'dALE'],
    ['straße', 'STRASSE'],
    ['STRAẞE', 'straße'],
    ['ẞ', 'ss'],
    ['ΣΊΣΥΦΟΣ', 'σίσυφος'],
    ['ﬁona', 'FIONA'],
    ['ｄａｌｅ', 'dale'],
    ['José', 'Jose\u0301'],
    ['\u212b', 'å'],
    ['Ǆuro', 'ǆuro'],
    ['𐐀𐐁', '𐐨𐐩'],
  ])('of %s is the key of %s', (one, other) => {
    expect(userNameKey(one)).toBe(userNameKey(other));
    expect(isUserName(one)).toBe(true);
    expect(isUserName(other)).toBe(true);
  });

  test.each([
    ['dale', 'da1e'],
    ['jose', 'josé'],
    ['a.b', 'ab'],
    ['ı', 'l'],
  ])('of %s is not the key of %s', (one, other) => {
    expect(userNameKey(one)).not.toBe(userNameKey(other));
  });
});

describe('a user name', () => {
  test.each([
    'd',
    '0',
    '.',
    'dale@example.com',
    'dale+cron_1-b',
    'Дарья',
    '李小龙',
    'محمد',
    'דניאל',
    'हिन्दी',
    'ไทย๑๒๓',
    '١٢٣',
    'ⴰⵎⴰⵣⵉⵖ',
    '𐐀𐐁',
    '𝐃ale',
    'e\u0301',
    'x'.repeat(32),
    '𐐀'.repeat(32),
  ])('can be %s', (name) => {
    expect(isUserName(name)).toBe(true);
  });

  test.each([
    ['nothing', ''],
    ['a blank', 'da le'],
    ['a tab', 'da\tle'],
    ['a line end', 'dale\n'],
    ['NUL', 'dale\0'],
    ['a comma', 'a,b'],
    ['a quote', 'a"b'],
    ['a slash', 'a/b'],
    ['markup', '<b>'],
    ['an emoji', 'dale😀'],
    ['a number that is no digit', 'Ⅷ½'],
    ['a lone surrogate', 'dale\ud800'],
    ['a zero-width joiner', 'da\u200dle'],
    ['a zero-width space', 'da\u200ble'],
    ['a soft hyphen', 'da\u00adle'],
    ['a right-to-left override', 'da\u202ele'],
    ['a byte order mark', '\ufeffdale'],
    ['a Hangul filler, a letter that nobody sees', 'da\u3164le'],
    ['a combining grapheme joiner, a mark that nobody sees', 'da\u034fle'],
    ['a variation selector, a mark that nobody sees', 'dale\ufe0f'],
    ['a tag character', 'dale\u{e0041}'],
    ['a letter that NFKC makes a sentence with blanks', '\ufdfa'],
    ['33 letters', 'x'.repeat(33)],
    ['33 astral letters', '𐐀'.repeat(33)],
    ['32 letters that are compared as 64', 'ß'.repeat(32)],
    ['17 ligatures that are compared as 34 letters', '\ufb01'.repeat(17)],
  ])('has no %s', (_what, name) => {
    expect(isUserName(name)).toBe(false);
  });

  test('is compared by a key that is a user name too', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, anyName), (text) => {
        if (isUserName(text)) expect(isUserName(userNameKey(text))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test('holds no control character, blank, quote, comma or lone surrogate, whatever is tried', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          anyText,
          fc.tuple(anyText, anyName).map((parts) => parts.join('')),
        ),
        (text) => {
          if (isUserName(text)) expect(text).not.toMatch(/[\p{C}\p{Z}",'<>\\/]/u);
        },
      ),
      { numRuns: 5000 },
    );
  });

  test('has at most 32 code points, in the form that is kept and in the one it is compared by', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 20, maxLength: 40 }), (text) => {
        if (!isUserName(text)) return;
        expect([...text].length).toBeLessThanOrEqual(MAX_USER_NAME_CHARACTERS);
        expect([...userNameKey(text)].length).toBeLessThanOrEqual(MAX_USER_NAME_CHARACTERS);
      }),
    );
  });
});

test('characters are counted as code points', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(codePointCount(text)).toBe([...text].length);
    }),
  );
});
