import type { ErrorCode } from '../errors/error-table.js';

/** What gatherd's commands exit with. */
export const EXIT = { done: 0, failed: 1, usage: 2, badConfiguration: 78 } as const;

/** The exit code of an error. */
export function exitCodeOf(code: ErrorCode): number {
  return code === 'config.invalid' || code === 'key.unusable' ? EXIT.badConfiguration : EXIT.failed;
}
