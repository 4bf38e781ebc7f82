import { curveKeyPair } from 'zeromq';
import { expect, test } from 'vitest';
import { curvePublicKey } from './z85.js';

test('the public key is the one that ZeroMQ makes with the secret one', () => {
  for (let count = 0; count < 20; count += 1) {
    const { publicKey, secretKey } = curveKeyPair();
    expect(curvePublicKey(secretKey)).toBe(publicKey);
  }
});

test('what says no 32 bytes has none', () => {
  expect(curvePublicKey('#'.repeat(40))).toBeUndefined();
  expect(curvePublicKey('')).toBeUndefined();
});
