import { GatherError, type GatherErrorKind } from '../api/gather-error.js';
import { SpoolError } from '../spool/spool-error.js';
import type { ExitName } from './exit-codes.js';

/** A value of the JSON that `--json` prints. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };
export type JsonFields = Readonly<Record<string, JsonValue>>;

/** The `error.kind` of `--json` for what goes wrong on this side; the rest are those of GatherError. */
export type LocalErrorKind =
  'usage' | 'configuration' | 'not_authenticated' | 'input' | 'interrupted' | 'spool' | 'internal';

/** A command's failure: how it ends, what it says, and what is known besides. */
export class CliError extends Error {
  readonly exit: ExitName;
  readonly kind: LocalErrorKind | GatherErrorKind;
  readonly status: number | undefined;
  readonly retryAfterSeconds: number | undefined;
  /** What the command had done until then; stands beside `error` in the JSON. */
  readonly fields: JsonFields;

  constructor(
    exit: ExitName,
    kind: LocalErrorKind | GatherErrorKind,
    message: string,
    more: { fields?: JsonFields; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause });
    this.name = 'CliError';
    this.exit = exit;
    this.kind = kind;
    this.fields = more.fields ?? {};
    const refusal = more.cause instanceof GatherError ? more.cause : undefined;
    this.status = refusal?.status;
    this.retryAfterSeconds = refusal?.retryAfterSeconds;
  }
}

/** A mistake in the command line; exit code 2. */
export function usageError(message: string): CliError {
  return new CliError('usage', 'usage', message);
}

/** A mistake in the environment or in a file; exit code 78. */
export function configurationError(message: string, cause?: unknown): CliError {
  return new CliError('badConfiguration', 'configuration', message, { cause });
}

const EXIT_OF_KIND: Readonly<Record<GatherErrorKind, ExitName>> = {
  unreachable: 'unreachable',
  busy: 'failed',
  not_permitted: 'notPermitted',
  refused: 'failed',
  unknown_outcome: 'failed',
};

/** Reads anything that was thrown as a command's failure; `fields` say what the command had done until then. */
export function toCliError(error: unknown, fields: JsonFields = {}): CliError {
  if (error instanceof CliError) return error;
  if (error instanceof GatherError) {
    return new CliError(EXIT_OF_KIND[error.kind], error.kind, error.message, { fields, cause: error });
  }
  if (error instanceof SpoolError) {
    const stored = { ...fields, spooled: error.stored };
    return new CliError('failed', 'spool', error.message, { fields: stored, cause: error });
  }
  const text = error instanceof Error ? error.message : String(error);
  return new CliError('failed', 'internal', text, { fields, cause: error });
}
