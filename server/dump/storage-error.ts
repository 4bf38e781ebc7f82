import { AppError } from '../errors/app-error.js';

const DISK_FULL: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** What a sender is told when the file system failed: full, or not writable. */
export function storageError(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const { code } = cause as NodeJS.ErrnoException;
  return new AppError(DISK_FULL.has(code) ? 'dump.disk_full' : 'dump.write_failed', { cause });
}
