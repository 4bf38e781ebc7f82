/** The most characters that one commit takes, unless a single batch has more; a record counts its overhead too. */
export const MAX_COMMIT_CHARACTERS = 2 * 2 ** 20;

/** What a record weighs beside its message, in characters. */
export const RECORD_OVERHEAD = 160;

const MOST_BYTES_OF_A_CHARACTER = 6;
const MOST_BYTES_BESIDE_A_MESSAGE = 512;
const LONGEST_HEADER_BYTES = 4096;

/**
 * How many bytes at its end recovery has to look at so that it sees the whole of the last commit, whatever is in it.
 *
 * A byte of a request becomes six at most, as a JSON escape: a DEL, for one. (A quote becomes three in CSV, which
 * doubles it behind the backslash; a lone surrogate needs its six already in the request.) A commit is either a
 * single batch, which came in one request, or no more than {@link MAX_COMMIT_CHARACTERS}.
 */
export function recoveryWindow(limits: {
  readonly maxBodyBytes: number;
  readonly maxMessages: number;
}): number {
  const largestBatch =
    MOST_BYTES_OF_A_CHARACTER * limits.maxBodyBytes + MOST_BYTES_BESIDE_A_MESSAGE * limits.maxMessages;
  const largestGroup = MOST_BYTES_OF_A_CHARACTER * MAX_COMMIT_CHARACTERS;
  return Math.max(16 * 2 ** 20, largestBatch, largestGroup) + LONGEST_HEADER_BYTES;
}
