import { ERROR_TABLE, type ErrorCode, type ErrorKind } from './error-table.js';

/** Values for the placeholders of an error's text, and `retryAfter`, in whole seconds, where waiting helps. */
export type ErrorDetails = Readonly<Record<string, string | number>>;

/** The one error that gatherd throws on purpose. Its code is stable; its text comes from {@link ERROR_TABLE}. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, options: { details?: ErrorDetails; cause?: unknown } = {}) {
    const details = options.details ?? {};
    super(fillIn(ERROR_TABLE[code].text, details), { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.details = details;
  }

  get kind(): ErrorKind {
    return ERROR_TABLE[this.code];
  }

  /** Seconds after which the caller may try again; undefined where trying again cannot help. */
  get retryAfterSeconds(): number | undefined {
    if (!this.kind.isRetryable) return undefined;
    const seconds = this.details['retryAfter'];
    return typeof seconds === 'number' ? seconds : this.kind.retryAfter;
  }
}

function fillIn(text: string, details: ErrorDetails): string {
  return text.replace(/\{(\w+)\}/g, (placeholder, name: string) => String(details[name] ?? placeholder));
}
