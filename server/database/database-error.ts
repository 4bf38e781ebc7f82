import { AppError } from '../errors/app-error.js';
import { Prisma } from './generated/client.js';

const UNIQUE_VIOLATION = 'P2002';
const FOREIGN_KEY_VIOLATION = 'P2003';
// Of SQLite; an extended code has one of them in its lowest byte.
const SQLITE_BUSY = 5;
const SQLITE_FULL = 13;

/** What went wrong in the database, as it is answered; its own words are the cause. */
export function toAppError(cause: unknown): AppError {
  const code = sqliteCodeOf(cause) === SQLITE_FULL ? 'database.disk_full' : 'database.unavailable';
  return new AppError(code, { cause });
}

/** Whether another program had the database locked. */
export function isBusy(error: unknown): boolean {
  return sqliteCodeOf(error) === SQLITE_BUSY;
}

/** Whether a key of an insert was taken. */
export function isUniqueViolation(error: unknown): boolean {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return false;
  // A statement in SQL has a code of its own, whatever was wrong with it.
  return error.code === UNIQUE_VIOLATION || driverCauseOf(error)?.kind === 'UniqueConstraintViolation';
}

/** Whether what an insert belongs to is not there. */
export function isForeignKeyViolation(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === FOREIGN_KEY_VIOLATION;
}

/** Which field was taken where an insert or a change was refused for that; undefined where it was something else. */
export function uniqueFieldOf(error: unknown): string | undefined {
  if (!isUniqueViolation(error)) return undefined;
  return driverCauseOf(error as Prisma.PrismaClientKnownRequestError)?.constraint?.fields?.[0];
}

function sqliteCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return undefined;
  const code = Number(driverCauseOf(error)?.originalCode);
  return Number.isNaN(code) ? undefined : code & 0xff;
}

interface DriverCause {
  readonly kind?: string;
  readonly originalCode?: string;
  readonly constraint?: { readonly fields?: readonly string[] };
}

function driverCauseOf({ meta }: Prisma.PrismaClientKnownRequestError): DriverCause | undefined {
  return (meta?.['driverAdapterError'] as { readonly cause?: DriverCause } | undefined)?.cause;
}
