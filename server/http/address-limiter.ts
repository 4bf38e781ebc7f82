import { createMinuteLimit } from '../net/minute-limit.js';
import { networkOf } from '../net/network-of.js';

/** Counts a request of an address. @throws AppError `request.rate_limited` */
export type AddressLimiter = (address: string) => void;

/** Makes the limiter of IDENTIFY and AUTHENTICATE. @param perMinute - 0 is off */
export function createAddressLimiter(perMinute: number): AddressLimiter {
  const limit = createMinuteLimit(perMinute, 'request.rate_limited');
  return (address) => {
    limit(networkOf(address));
  };
}
