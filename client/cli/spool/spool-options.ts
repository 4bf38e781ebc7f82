import type { Command } from 'commander';
import { FULL_POLICIES, type FullPolicy } from '../../spool/storage/room-keeper.js';
import { usageError } from '../cli-error.js';

/** The options of the commands that use the spool, as they were given. */
export interface SpoolFlags {
  readonly spoolDir?: string;
  readonly spoolMaxBytes?: string;
  readonly spoolFull?: string;
}

/** What the spool's options come to. */
export interface SpoolSettings {
  readonly maxBytes: number;
  readonly whenFull: FullPolicy;
}

const DEFAULT_MAX_BYTES = 1024 ** 3;
const MIN_MAX_BYTES = 64 * 1024;

/** Adds the option that every command with a spool takes. */
export function addSpoolDirOption(command: Command): void {
  command.option('--spool-dir <path>', 'where the spool is (default: one for each server and user)');
}

/** Adds the options of a command that adds to the spool. */
export function addSpoolOptions(command: Command): void {
  addSpoolDirOption(command);
  command
    .option('--spool-max-bytes <bytes>', 'how much the spool may hold (default: 1 GiB)')
    .option(
      '--spool-full <policy>',
      'what to do when it is full: block, drop-oldest or fail (default: block)',
    );
}

/** Reads the spool's options. Throws exit code 2 where one is malformed. */
export function spoolSettings({ spoolMaxBytes, spoolFull = 'block' }: SpoolFlags): SpoolSettings {
  const whenFull = FULL_POLICIES.find((policy) => policy === spoolFull);
  if (whenFull === undefined) throw usageError(`--spool-full: it is one of ${FULL_POLICIES.join(', ')}`);
  const maxBytes = spoolMaxBytes === undefined ? DEFAULT_MAX_BYTES : bytesOf(spoolMaxBytes);
  if (Number.isSafeInteger(maxBytes) && maxBytes >= MIN_MAX_BYTES) return { maxBytes, whenFull };
  throw usageError(`--spool-max-bytes: give a number of bytes, at least ${String(MIN_MAX_BYTES)}`);
}

function bytesOf(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}
