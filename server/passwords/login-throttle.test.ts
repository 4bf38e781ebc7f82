import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AppError } from '../errors/app-error.js';
import { LoginThrottle, type LoginAttempt } from './login-throttle.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

const wrong = () => Promise.resolve(false);
const right = () => Promise.resolve(true);

interface Refusal {
  readonly code: string;
  readonly seconds: number | undefined;
}

async function refusalOf(attempt: Promise<unknown>): Promise<Refusal | undefined> {
  try {
    await attempt;
    return undefined;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { code: error.code, seconds: error.retryAfterSeconds };
  }
}

function wait(seconds: number): void {
  vi.advanceTimersByTime(seconds * 1000);
}

/** From a network of its own for every number. */
function stranger(accountId: string, network = 1): LoginAttempt {
  const endpoint = `2001:db8:${network.toString(16)}::1`;
  return { accountId, endpoint, isProven: false };
}

const DALE = stranger('dale');
const ANNIE = stranger('annie');

async function failTimes(throttle: LoginThrottle, times: number, key = DALE): Promise<void> {
  for (let count = 0; count < times; count += 1) expect(await throttle.attempt(key, wrong)).toBe(false);
}

describe('wrong passwords', () => {
  test('cost nothing at first, then a delay that doubles up to five minutes and never lasts for good', async () => {
    const throttle = new LoginThrottle(3, 0);
    await failTimes(throttle, 3);
    for (const seconds of [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]) {
      expect(await refusalOf(throttle.attempt(DALE, right))).toEqual({
        code: 'account.throttled',
        seconds,
      });
      wait(seconds + 0.01);
      expect(await throttle.attempt(DALE, wrong)).toBe(false);
    }
    wait(301);
    expect(await throttle.attempt(DALE, right)).toBe(true);
  });

  test('while a delay lasts are not even looked at, nor counted', async () => {
    const throttle = new LoginThrottle(1, 0);
    await failTimes(throttle, 1);
    const check = vi.fn(wrong);
    for (let count = 0; count < 10; count += 1) await refusalOf(throttle.attempt(DALE, check));
    expect(check).not.toHaveBeenCalled();
    wait(1.01);
    await throttle.attempt(DALE, wrong);
    expect(await refusalOf(throttle.attempt(DALE, right))).toMatchObject({ seconds: 2 });
  });

  test('are forgotten after a right one', async () => {
    const throttle = new LoginThrottle(3, 0);
    await failTimes(throttle, 2);
    await throttle.attempt(DALE, right);
    await failTimes(throttle, 2);
    expect(await throttle.attempt(DALE, right)).toBe(true);
  });

  test('of one key are not another one’s', async () => {
    const throttle = new LoginThrottle(1, 0);
    await failTimes(throttle, 1, DALE);
    expect(await throttle.attempt(ANNIE, right)).toBe(true);
  });

  test('in parallel cause no more checks than the limit', async () => {
    const throttle = new LoginThrottle(5, 0);
    let checks = 0;
    const slowly = async () => {
      checks += 1;
      await Promise.resolve();
      return false;
    };
    const outcomes = await Promise.all(
      Array.from({ length: 500 }, () => refusalOf(throttle.attempt(DALE, slowly))),
    );
    expect(checks).toBe(5);
    const codes = outcomes.map((refusal) => refusal?.code);
    expect(codes.filter((code) => code === 'account.throttled')).toHaveLength(95);
    // Only so many wait for a turn.
    expect(codes.filter((code) => code === 'account.hashing_busy')).toHaveLength(400);
  });

  test('from one network hold up nobody in another one, nor where a password was right before', async () => {
    const throttle = new LoginThrottle(2, 0);
    await failTimes(throttle, 2);
    expect(await refusalOf(throttle.attempt(DALE, right))).toMatchObject({ code: 'account.throttled' });
    const neighbour = { ...DALE, endpoint: '2001:db8:1::2' };
    expect(await refusalOf(throttle.attempt(neighbour, right))).toMatchObject({ code: 'account.throttled' });
    expect(await throttle.attempt(stranger('dale', 2), right)).toBe(true);
    expect(await throttle.attempt({ ...neighbour, isProven: true }, right)).toBe(true);
  });

  test('from many networks slow down every place that is new, a minute at most, and no proven one', async () => {
    const throttle = new LoginThrottle(2, 0);
    let network = 0;
    for (; network < 40; network += 1) await throttle.attempt(stranger('dale', network), wrong);
    for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
      const next = stranger('dale', network + 1);
      expect(await refusalOf(throttle.attempt(next, right))).toEqual({ code: 'account.throttled', seconds });
      expect(await throttle.attempt({ ...next, isProven: true }, right)).toBe(true);
      wait(seconds + 0.01);
      network += 1;
      expect(await throttle.attempt(stranger('dale', network), wrong)).toBe(false);
    }
    wait(61);
    expect(await throttle.attempt(stranger('dale', 300), right)).toBe(true);
  });

  test('from many networks at once cause no more checks than the limit of the account', async () => {
    const throttle = new LoginThrottle(2, 0);
    let checks = 0;
    const slowly = async () => {
      checks += 1;
      await Promise.resolve();
      return false;
    };
    const networks = Array.from({ length: 500 }, (_none, index) => stranger('dale', index));
    await Promise.all(networks.map((attempt) => refusalOf(throttle.attempt(attempt, slowly))));
    expect(checks).toBe(40);
  });

  test('that were right, or were not looked at, do not count against the account', async () => {
    const throttle = new LoginThrottle(1, 0);
    for (let network = 1; network <= 50; network += 1)
      await throttle.attempt(stranger('dale', network), right);
    const broken = () => Promise.reject(new Error('no database'));
    for (let count = 0; count < 50; count += 1) {
      await expect(throttle.attempt(DALE, broken)).rejects.toThrow('no database');
    }
    expect(await throttle.attempt(DALE, right)).toBe(true);
  });

  test('for names that nobody has are counted like those of an account', async () => {
    const throttle = new LoginThrottle(5, 0);
    let checks = 0;
    const slowly = async () => {
      checks += 1;
      await Promise.resolve();
    };
    const { endpoint } = DALE;
    const outcomes = await Promise.all(
      Array.from({ length: 500 }, () => refusalOf(throttle.attemptUnknown('laura', endpoint, slowly))),
    );
    expect(checks).toBe(5);
    const codes = outcomes.map((refusal) => refusal?.code);
    expect(codes.filter((code) => code === 'account.throttled')).toHaveLength(95);
    expect(codes.filter((code) => code === 'account.hashing_busy')).toHaveLength(400);
    expect(await refusalOf(throttle.attemptUnknown('maddy', endpoint, slowly))).toBeUndefined();
  });

  test('are free where the limit is off', async () => {
    await failTimes(new LoginThrottle(0, 0), 50);
  });
});

describe('attempts', () => {
  test('right or wrong, are so many a minute', async () => {
    const throttle = new LoginThrottle(0, 3);
    for (let count = 0; count < 3; count += 1) await throttle.attempt(DALE, right);
    const refusal = await refusalOf(throttle.attempt(DALE, right));
    expect(refusal?.code).toBe('account.rate_limited');
    expect(refusal?.seconds).toBeGreaterThan(0);
    expect(refusal?.seconds).toBeLessThanOrEqual(60);
    expect(await throttle.attempt(ANNIE, right)).toBe(true);
    wait(60.1);
    expect(await throttle.attempt(DALE, right)).toBe(true);
  });

  test('that were told to wait do not count', async () => {
    const throttle = new LoginThrottle(1, 3);
    await failTimes(throttle, 1);
    for (let count = 0; count < 10; count += 1) await refusalOf(throttle.attempt(DALE, right));
    wait(1.01);
    expect(await throttle.attempt(DALE, right)).toBe(true);
  });

  test('of one network do not count in another one', async () => {
    const throttle = new LoginThrottle(0, 1);
    expect(await throttle.attempt(DALE, right)).toBe(true);
    expect((await refusalOf(throttle.attempt(DALE, right)))?.code).toBe('account.rate_limited');
    expect(await throttle.attempt(stranger('dale', 2), right)).toBe(true);
  });

  test('in parallel are counted before any of them is checked', async () => {
    const throttle = new LoginThrottle(0, 10);
    let checks = 0;
    const check = async () => {
      checks += 1;
      await Promise.resolve();
      return true;
    };
    await Promise.all(Array.from({ length: 500 }, () => refusalOf(throttle.attempt(DALE, check))));
    expect(checks).toBe(10);
  });

  test('take turns, also after one that broke', async () => {
    const throttle = new LoginThrottle(5, 0);
    const broken = throttle.attempt(DALE, () => Promise.reject(new Error('no database')));
    const next = throttle.attempt(DALE, right);
    await expect(broken).rejects.toThrow('no database');
    expect(await next).toBe(true);
  });
});
