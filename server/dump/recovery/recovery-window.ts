import { MOST_BYTES_BESIDE } from '../format/record-format.js';

/** The most bytes of requests that one commit takes, unless a single batch has more; a record counts its overhead too. */
export const MAX_COMMIT_BYTES = 4 * 2 ** 20;

/** What a record weighs beside its message, in bytes. */
export const RECORD_OVERHEAD = 160;

const MOST_BYTES_OF_A_BYTE = 6;
const LONGEST_HEADER_BYTES = 4096;

/**
 * How many bytes at its end recovery has to look at so that it sees the whole of the last commit, whatever is in it.
 *
 * A byte of a request becomes six at most, as a JSON escape: a DEL, for one. (A quote becomes three in CSV, which
 * doubles it behind the backslash; a lone surrogate needs its six already in the request.) A commit is either a
 * single batch, which came in one request, or no more than {@link MAX_COMMIT_BYTES} of JSON, which a format may make
 * longer.
 *
 * @param growth - how many bytes a format makes of one, at most
 */
export function recoveryWindow(
  limits: { readonly maxBodyBytes: number; readonly maxMessages: number },
  growth: number,
): number {
  const largestBatch = MOST_BYTES_OF_A_BYTE * limits.maxBodyBytes + MOST_BYTES_BESIDE * limits.maxMessages;
  const mostRecords = Math.ceil(MAX_COMMIT_BYTES / RECORD_OVERHEAD);
  const largestGroup = growth * MAX_COMMIT_BYTES + (MOST_BYTES_BESIDE - RECORD_OVERHEAD) * mostRecords;
  return Math.max(16 * 2 ** 20, largestBatch, largestGroup) + LONGEST_HEADER_BYTES;
}
