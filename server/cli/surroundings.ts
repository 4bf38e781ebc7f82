import type { Readable, Writable } from 'node:stream';

/** What a command has of the world outside. */
export interface Surroundings {
  /** Of gatherd. */
  readonly version: string;
  readonly clock: () => Date;
  /** Where the built client is. */
  readonly clientPath: string;
  /** The folder of the built console. */
  readonly consolePath: string;
  /** Where the built program of the thread that seals segments is. */
  readonly sealWorkerPath: string;
  /** Aborted when the process is asked to end. */
  readonly signal: AbortSignal;
  /** Has somebody told each time that the process is asked to read its files again. */
  readonly onHangUp: (listener: () => void) => void;
  /** Standard output, and whether it is a terminal. */
  readonly out: Writable;
  readonly isOutTerminal: boolean;
  /** Writes to standard output. */
  readonly print: (text: string) => void;
  /** Standard error, and whether it is a terminal. */
  readonly err: Writable;
  readonly isErrorTerminal: boolean;
  /** Standard input, and whether it is a terminal. */
  readonly in: Readable;
  readonly isInTerminal: boolean;
}
