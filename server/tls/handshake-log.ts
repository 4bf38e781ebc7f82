import type { Logger } from '../observability/logger.js';

const EVERY_MS = 10_000;
/** Of reasons that are told apart at a time; they are OpenSSL's and ours, and few. */
const MOST_REASONS = 100;

/** A connection that was not secured. */
export interface FailedHandshake {
  readonly door: string;
  readonly endpoint: string;
  readonly reason: string;
}

/** What is said of them: that it failed, or that the certificate was refused. */
export type NoteHandshake = (failed: FailedHandshake) => void;

/**
 * Makes the log of connections that are not secured: of each reason a line every ten seconds at the most, with how many there were
 * and the address of the last one.
 *
 * @param message - what is said of them
 */
export function createHandshakeLog(logger: Logger, message: string): NoteHandshake {
  const waiting = new Map<string, { last: FailedHandshake; times: number }>();

  function write(key: string): void {
    const entry = waiting.get(key);
    if (entry === undefined || entry.times === 0) {
      waiting.delete(key);
      return;
    }
    logger.info({ ...entry.last, times: entry.times }, message);
    entry.times = 0;
    setTimeout(() => {
      write(key);
    }, EVERY_MS).unref();
  }

  return (failed) => {
    const key = `${failed.door} ${failed.reason}`;
    const entry = waiting.get(key);
    if (entry !== undefined) {
      entry.last = failed;
      entry.times += 1;
    } else if (waiting.size < MOST_REASONS) {
      waiting.set(key, { last: failed, times: 1 });
      write(key);
    }
  };
}
