/**
 * What went wrong with a spool:
 * - `full`: it is at its limit, and is to refuse or has waited long enough; nothing was added;
 * - `not_written`: the disk refused; of the messages asked for, the first `stored` are in the spool.
 */
export type SpoolErrorKind = 'full' | 'not_written';

/** The one error of `client/spool`. Its message is made for people, its kind for programs. */
export class SpoolError extends Error {
  readonly kind: SpoolErrorKind;
  /** How many of the messages are in the spool all the same: the first ones. */
  readonly stored: number;

  constructor(kind: SpoolErrorKind, message: string, more: { stored?: number; cause?: unknown } = {}) {
    super(message, { cause: more.cause });
    this.name = 'SpoolError';
    this.kind = kind;
    this.stored = more.stored ?? 0;
  }
}
