import { pbkdf2Sync } from 'node:crypto';
import { hash as bcryptHash } from '@node-rs/bcrypt';
import { afterAll, expect, test } from 'vitest';
import { AppError } from '../errors/app-error.js';
import { DECOY, pbkdf2Stored } from './password-formats.js';
import { PasswordHasher } from './password-hasher.js';

const SALT = Buffer.from('dale');
const OLD_HASH = pbkdf2Stored(100_000, SALT, pbkdf2Sync('pass', SALT, 100_000, 128, 'sha256'));

const hasher = new PasswordHasher(Buffer.from('a pepper for tests'));

afterAll(async () => {
  await hasher[Symbol.asyncDispose]();
});

test('says when a right password should be stored anew', async () => {
  const current = await hasher.hash('pass');
  expect(await hasher.check(current, 'pass')).toEqual({ isRight: true, isOutdated: false });
  expect(await hasher.check(OLD_HASH, 'pass')).toEqual({ isRight: true, isOutdated: true });
  expect(await hasher.check(OLD_HASH, 'x')).toEqual({ isRight: false, isOutdated: true });
});

test('passes on what is wrong with a stored hash', async () => {
  await expect(hasher.check('nonsense', 'pass')).rejects.toThrow('no known format');
  await expect(hasher.check('$pbkdf2-sha256$i=x$$', 'pass')).rejects.toThrow('damaged');
});

test('refuses when too many wait, and serves all who were let in', async () => {
  const cheap = await bcryptHash('pass', 4);
  const outcomes = await Promise.allSettled(Array.from({ length: 600 }, () => hasher.check(cheap, 'pass')));
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
  expect(refused.length).toBeGreaterThanOrEqual(90);
  expect(refused.length).toBeLessThanOrEqual(100);
  for (const { reason } of refused) {
    expect(reason).toBeInstanceOf(AppError);
    expect(reason).toMatchObject({ code: 'account.hashing_busy' });
  }
});

test('the hash that nobody has is whole, and no password is right', async () => {
  for (const password of ['', 'x']) {
    expect(await hasher.check(DECOY, password)).toEqual({ isRight: false, isOutdated: false });
  }
});

test('pretending takes as long as checking, give or take', async () => {
  const stored = await hasher.hash('pass');
  const pretended = await fastest(() => hasher.pretend('x'));
  const checked = await fastest(() => hasher.check(stored, 'x'));
  expect(pretended).toBeGreaterThan(checked / 3);
  expect(pretended).toBeLessThan(checked * 3);
});

async function fastest(work: () => Promise<unknown>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 15; round += 1) {
    const started = performance.now();
    await work();
    best = Math.min(best, performance.now() - started);
  }
  return best;
}

test('where there are hashes from elsewhere, a refusal takes no less for anybody, and holds nobody up', async () => {
  await using other = new PasswordHasher(Buffer.from('a pepper for tests'));
  other.expectForeign();
  const cheap = await bcryptHash('pass', 4);
  // The thread is there from now on.
  await other.compare(cheap, 'x');
  const order: string[] = [];
  const refusals = [DECOY, cheap].map(async (stored) => {
    const began = performance.now();
    expect((await other.check(stored, 'x')).isRight).toBe(false);
    order.push('refused');
    return performance.now() - began;
  });
  // Asked last, and behind both.
  expect((await other.check(cheap, 'pass')).isRight).toBe(true);
  order.push('right');
  // A timer may be a little early.
  for (const took of await Promise.all(refusals)) expect(took).toBeGreaterThan(390);
  expect(order).toEqual(['right', 'refused', 'refused']);
});
