import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { AppError } from '../errors/app-error.js';
import { networkOf } from '../net/network-of.js';

/** Counts a request of an address. @throws AppError `request.rate_limited` */
export type AddressLimiter = (address: string) => Promise<void>;

/** Makes the limiter of IDENTIFY and AUTHENTICATE. @param perMinute - 0 is off */
export function createAddressLimiter(perMinute: number): AddressLimiter {
  if (perMinute === 0) return () => Promise.resolve();
  const limiter = new RateLimiterMemory({ points: perMinute, duration: 60 });
  return async (address) => {
    try {
      await limiter.consume(networkOf(address));
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      const retryAfter = Math.ceil(refusal.msBeforeNext / 1000);
      throw new AppError('request.rate_limited', { details: { limit: perMinute, retryAfter } });
    }
  };
}
