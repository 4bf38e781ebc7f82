import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sealFernet } from '../../../tests/support/foreign-files.js';
import { openFernet } from './fernet.js';

// https://github.com/fernet/spec: generate.json, verify.json and invalid.json. What is wrong with a time alone is not here:
// a file may be as old as it is.
const KEY = Buffer.from('cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=', 'base64url');
const TOKEN =
  'gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==';

describe('the specification’s vectors', () => {
  test('are opened, and written by what writes the files of these tests', () => {
    expect(openFernet(TOKEN, KEY)?.toString()).toBe('hello');
    const iv = Buffer.from([...Array(16).keys()]);
    const sealed = sealFernet(Buffer.from('hello'), KEY, new Date('1985-10-26T01:20:00-07:00'), iv);
    expect(sealed).toBe(TOKEN);
  });

  test.each([
    [
      'incorrect mac',
      'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykQUFBQUFBQUFBQQ==',
    ],
    ['too short', 'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA=='],
    [
      'invalid base64',
      '%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==',
    ],
    [
      'payload size not multiple of block size',
      'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPOm73QeoCk9uGib28Xe5vz6oxq5nmxbx_v7mrfyudzUm',
    ],
    [
      'payload padding error',
      'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-JkLPIpuiYRLQ3RtXatOYREu2FWke6CnJNYIbkuKNqOhw==',
    ],
    [
      'incorrect IV (causes padding error)',
      'gAAAAAAdwJ6xBQECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAkLhFLHpGtDBRLRTZeUfWgHSv49TF2AUEZ1TIvcZjK1zQ==',
    ],
  ])('%s is refused', (_case, token) => {
    expect(openFernet(token, KEY)).toBeUndefined();
  });
});

describe('a token', () => {
  test('opens to what was sealed, whatever that is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (content) => {
        const key = randomBytes(32);
        expect(openFernet(sealFernet(Buffer.from(content), key), key)).toEqual(Buffer.from(content));
      }),
    );
  });

  test('does not open once a bit of it is another, nor under another key', () => {
    const bytes = Buffer.from(TOKEN, 'base64url');
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
        const changed = Buffer.from(bytes);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(openFernet(changed.toString('base64url'), KEY)).toBeUndefined();
      }),
    );
    expect(openFernet(TOKEN, randomBytes(32))).toBeUndefined();
  });

  test('is not opened where the text is none', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(openFernet(text, KEY)).toBeUndefined();
      }),
    );
  });
});
