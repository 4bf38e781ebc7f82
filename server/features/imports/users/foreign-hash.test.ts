import { expect, test } from 'vitest';
import { storedForm } from './foreign-hash.js';

const bcrypt = (cost: string) => `$2b$${cost}$${'a'.repeat(53)}`;
const pbkdf2 = (rounds: number, bytes: number) =>
  `$pbkdf2-sha256$i=${String(rounds)}$c2FsdHNhbHQ$${Buffer.alloc(bytes, 1).toString('base64')}`;
const argon2 = (kib: number, passes: number) =>
  `$argon2id$v=19$m=${String(kib)},t=${String(passes)},p=4$${'c'.repeat(22)}$${'d'.repeat(43)}`;

test.each([
  ['bcrypt', bcrypt('12'), bcrypt('13')],
  ['PBKDF2 of one block', pbkdf2(1_400_000, 32), pbkdf2(1_400_001, 32)],
  ['PBKDF2 of four blocks', pbkdf2(350_000, 128), pbkdf2(350_001, 128)],
  ['PBKDF2 of a block and a byte', pbkdf2(700_000, 33), pbkdf2(700_001, 33)],
  ['argon2id of much memory', argon2(262_144, 3), argon2(262_144, 4)],
  ['argon2id of many passes', argon2(39_321, 20), argon2(39_322, 20)],
])('%s is taken up to what a login may cost, and no further', (_what, taken, refused) => {
  expect(storedForm(taken)).toBeDefined();
  expect(storedForm(refused)).toBeUndefined();
});
