import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hasKeyTwice } from './record-keys.js';

test('An object has no key twice, whatever is in it, and one that is put in again is found', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), fc.nat(), (object, which) => {
      const json = JSON.stringify(object);
      expect(hasKeyTwice(json)).toBe(false);
      const keys = Object.keys(object);
      const key = JSON.stringify(keys[which % keys.length]);
      expect(hasKeyTwice(`${json.slice(0, -1)}, ${key} :[]}`)).toBe(true);
    }),
  );
});
