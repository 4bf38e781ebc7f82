/**
 * Reads a `Retry-After` header, which is either whole seconds or an HTTP date (RFC 9110, 10.2.3).
 *
 * @param now milliseconds since the epoch, from which a date is counted.
 * @returns seconds to wait, never negative; undefined where there is no header or it cannot be read.
 */
export function parseRetryAfter(header: unknown, now: number): number | undefined {
  if (typeof header !== 'string') return undefined;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Number(text);
  const date = Date.parse(text);
  // Date.parse reads "-5" and the like as a year; a date in a header always has a weekday.
  if (Number.isNaN(date) || !/^[A-Z]/i.test(text)) return undefined;
  return Math.max(0, Math.ceil((date - now) / 1000));
}
