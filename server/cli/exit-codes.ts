import type { ErrorCode } from '../errors/error-table.js';

/** What gatherd's commands exit with. */
export const EXIT = { done: 0, failed: 1, usage: 2, notPermitted: 77, badConfiguration: 78 } as const;

/** The exit code of an error. */
export function exitCodeOf(code: ErrorCode): number {
  if (code === 'permission.missing') return EXIT.notPermitted;
  return code === 'config.invalid' || code === 'key.unusable' ? EXIT.badConfiguration : EXIT.failed;
}

/** The exit code of an error of the operating system, by its code. */
export function exitCodeOfSystem(code: string | undefined): number {
  return code === 'EACCES' || code === 'EPERM' ? EXIT.notPermitted : EXIT.failed;
}
