/**
 * What went wrong, in words that stay the same:
 * - `unreachable`: no connection came about, so the server has certainly not seen the request;
 * - `busy`: gatherd itself answered 429 or 503; it has taken nothing, and the same request may succeed later;
 * - `not_permitted`: 401 or 403: who asks is not known, not authenticated, or not allowed;
 * - `refused`: any other refusal; the same request would be refused again;
 * - `unknown_outcome`: the request left and no usable answer came, or one that a proxy wrote; it may or may not have
 *   been carried out.
 */
export type GatherErrorKind = 'unreachable' | 'busy' | 'not_permitted' | 'refused' | 'unknown_outcome';

/** What gatherd says of a refusal in the problem details of its `/v1` (RFC 9457). */
export interface Problem {
  readonly status: number;
  /** The text for people. */
  readonly detail: string;
  /** The stable dotted code, `producer.gap` for example. */
  readonly code: string;
  /** With `request.invalid_field` and its like: which field, and what is wrong with it. */
  readonly field?: string | undefined;
  readonly reason?: string | undefined;
  /** The line of the request, from 1, that was refused. */
  readonly line?: number | undefined;
  /** What the request had stored before it was refused: messages written, messages known already, the last `seq`. */
  readonly accepted?: number | undefined;
  readonly duplicates?: number | undefined;
  readonly last?: number | null | undefined;
  /** With `producer.gap`: the number that is expected next, and the one that came. */
  readonly expected?: number | undefined;
  readonly number?: number | undefined;
}

/** What is known about a failure besides its text. */
export interface GatherErrorDetails {
  /** What gatherd itself says under `/v1`, where it was that which refused. */
  readonly problem?: Problem | undefined;
  /** The status of the answer, where there was one. */
  readonly status?: number | undefined;
  /** How long the server asks to wait, in seconds, where it did. */
  readonly retryAfterSeconds?: number | undefined;
  /** Whether the request was certainly not taken and may succeed if it is sent again as it is. */
  readonly canRetry?: boolean;
  readonly cause?: unknown;
}

/** The one error of `client/api`. Its message is made for people, its kind for programs. */
export class GatherError extends Error {
  readonly kind: GatherErrorKind;
  readonly status: number | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly canRetry: boolean;
  readonly problem: Problem | undefined;

  constructor(kind: GatherErrorKind, message: string, details: GatherErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.name = 'GatherError';
    this.kind = kind;
    this.status = details.status;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.canRetry = details.canRetry ?? false;
    this.problem = details.problem;
  }
}
