import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AppError } from '../../errors/app-error.js';
import { LoginThrottle } from './login-throttle.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
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

async function refusalOf(attempt: Promise<boolean>): Promise<Refusal | undefined> {
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

async function failTimes(throttle: LoginThrottle, times: number, key = 'dale'): Promise<void> {
  for (let count = 0; count < times; count += 1) expect(await throttle.attempt(key, wrong)).toBe(false);
}

describe('wrong passwords', () => {
  test('cost nothing at first, then a delay that doubles up to five minutes and never lasts for good', async () => {
    const throttle = new LoginThrottle(3, 0);
    await failTimes(throttle, 3);
    for (const seconds of [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]) {
      expect(await refusalOf(throttle.attempt('dale', right))).toEqual({
        code: 'account.throttled',
        seconds,
      });
      wait(seconds + 0.01);
      expect(await throttle.attempt('dale', wrong)).toBe(false);
    }
    wait(301);
    expect(await throttle.attempt('dale', right)).toBe(true);
  });

  test('while a delay lasts are not even looked at, nor counted', async () => {
    const throttle = new LoginThrottle(1, 0);
    await failTimes(throttle, 1);
    const check = vi.fn(wrong);
    for (let count = 0; count < 10; count += 1) await refusalOf(throttle.attempt('dale', check));
    expect(check).not.toHaveBeenCalled();
    wait(1.01);
    await throttle.attempt('dale', wrong);
    expect(await refusalOf(throttle.attempt('dale', right))).toMatchObject({ seconds: 2 });
  });

  test('are forgotten after a right one', async () => {
    const throttle = new LoginThrottle(3, 0);
    await failTimes(throttle, 2);
    await throttle.attempt('dale', right);
    await failTimes(throttle, 2);
    expect(await throttle.attempt('dale', right)).toBe(true);
  });

  test('of one key are not another one’s', async () => {
    const throttle = new LoginThrottle(1, 0);
    await failTimes(throttle, 1, 'dale');
    expect(await throttle.attempt('annie', right)).toBe(true);
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
      Array.from({ length: 500 }, () => refusalOf(throttle.attempt('dale', slowly))),
    );
    expect(checks).toBe(5);
    expect(outcomes.filter((refusal) => refusal?.code === 'account.throttled')).toHaveLength(495);
  });

  test('are free where the limit is off', async () => {
    await failTimes(new LoginThrottle(0, 0), 50);
  });
});

describe('attempts', () => {
  test('right or wrong, are so many a minute', async () => {
    const throttle = new LoginThrottle(0, 3);
    for (let count = 0; count < 3; count += 1) await throttle.attempt('dale', right);
    const refusal = await refusalOf(throttle.attempt('dale', right));
    expect(refusal?.code).toBe('account.rate_limited');
    expect(refusal?.seconds).toBeGreaterThan(0);
    expect(refusal?.seconds).toBeLessThanOrEqual(60);
    expect(await throttle.attempt('annie', right)).toBe(true);
    wait(60.1);
    expect(await throttle.attempt('dale', right)).toBe(true);
  });

  test('in parallel are counted before any of them is checked', async () => {
    const throttle = new LoginThrottle(0, 10);
    let checks = 0;
    const check = async () => {
      checks += 1;
      await Promise.resolve();
      return true;
    };
    await Promise.all(Array.from({ length: 500 }, () => refusalOf(throttle.attempt('dale', check))));
    expect(checks).toBe(10);
  });

  test('take turns, also after one that broke', async () => {
    const throttle = new LoginThrottle(5, 0);
    const broken = throttle.attempt('dale', () => Promise.reject(new Error('no database')));
    const next = throttle.attempt('dale', right);
    await expect(broken).rejects.toThrow('no database');
    expect(await next).toBe(true);
  });
});
