import { pbkdf2Sync } from 'node:crypto';
import { hash as argon2Hash } from '@node-rs/argon2';
import { hash as bcryptHash } from '@node-rs/bcrypt';
import { describe, expect, test } from 'vitest';
import { HASH_COST } from '../passwords/hash-cost.js';
import {
  argon2WithoutPepper,
  hashPassword,
  isCurrentFormat,
  PASSWORD_FORMATS,
  pbkdf2Stored,
} from './password-formats.js';

const PEPPER = Buffer.from('a pepper for tests');

async function verify(stored: string, password: string, pepper = PEPPER): Promise<boolean> {
  const format = PASSWORD_FORMATS.find(({ prefix }) => prefix.test(stored));
  if (format === undefined) throw new Error(`no format for ${stored}`);
  return format.verify(stored, password, pepper);
}

// As the gatherer of contract 1 stored it: raw, with the user name as the salt.
function contract1(name: string, password: string): string {
  const salt = Buffer.from(name, 'utf8');
  return pbkdf2Stored(100_000, salt, pbkdf2Sync(password, salt, 100_000, 128, 'sha256'));
}

// As the users' service of contract 2 stored it: hexadecimal texts, and the salt is the text itself.
function contract2(saltHex: string, password: string): string {
  const hashHex = pbkdf2Sync(password, saltHex, 100_000, 32, 'sha256').toString('hex');
  return pbkdf2Stored(100_000, Buffer.from(saltHex, 'utf8'), Buffer.from(hashHex, 'hex'));
}

describe('every format', () => {
  test.each<[string, () => Promise<string> | string]>([
    ['argon2id', () => hashPassword('pässword', PEPPER)],
    [
      'argon2id of another system',
      async () => argon2WithoutPepper(await argon2Hash('pässword', { memoryCost: 64 })),
    ],
    ['PBKDF2 of contract 1', () => contract1('dale', 'pässword')],
    ['PBKDF2 of contract 1, for a name beyond ASCII', () => contract1('Дарья', 'pässword')],
    ['PBKDF2 of contract 2', () => contract2('9f86d081884c7d659a2feaa0c55ad015', 'pässword')],
    ['bcrypt', () => bcryptHash('pässword', 4)],
    ['bcrypt as PHP writes it', async () => (await bcryptHash('pässword', 4)).replace('$2b$', '$2y$')],
    ['bcrypt as it was first', async () => (await bcryptHash('pässword', 4)).replace('$2b$', '$2a$')],
  ])('%s knows the right password from wrong ones', async (_name, store) => {
    const stored = await store();
    expect(await verify(stored, 'pässword')).toBe(true);
    for (const wrong of ['password', '']) expect(await verify(stored, wrong)).toBe(false);
  });

  test('is told by how it begins, and only argon2id of today is current', async () => {
    const current = hashPassword('x', PEPPER);
    expect(current).toMatch(/^\$argon2id\$v=19\$m=8,t=1,p=1\$[A-Za-z0-9+/]{22,}\$[A-Za-z0-9+/]+$/);
    expect(isCurrentFormat(current)).toBe(true);
    expect(isCurrentFormat(current.replace('t=1', 't=2'))).toBe(false);
    expect(isCurrentFormat(argon2WithoutPepper(current))).toBe(false);
    expect(isCurrentFormat(contract1('dale', 'x'))).toBe(false);
    expect(isCurrentFormat(await bcryptHash('x', 4))).toBe(false);
  });
});

describe('argon2id', () => {
  test('takes what OWASP advises, but in tests', () => {
    expect(HASH_COST).toEqual({ memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  });

  test('has a salt of its own each time', () => {
    expect(hashPassword('same', PEPPER)).not.toBe(hashPassword('same', PEPPER));
  });

  test('needs the pepper', async () => {
    const stored = hashPassword('pass', PEPPER);
    expect(await verify(stored, 'pass', Buffer.from('another pepper'))).toBe(false);
  });
});

test('a damaged hash is an error and no wrong password', async () => {
  await expect(verify('$pbkdf2-sha256$i=x$$', 'pass')).rejects.toThrow();
  await expect(verify('$argon2id$v=19$m=19456', 'pass')).rejects.toThrow();
});
