import type { Readable, Writable } from 'node:stream';

/** A stream that may be a terminal. */
export type TerminalOutput = Writable & {
  readonly isTTY?: boolean;
  /** How many characters a line of a terminal has. */
  readonly columns?: number;
};
export type TerminalInput = Readable & {
  readonly isTTY?: boolean;
  /** Whether keys come one by one, and nothing of them is shown. */
  readonly setRawMode?: (isRaw: boolean) => unknown;
};

/** The world as a command sees it: nothing in `client/cli` but `main.ts` touches the process. */
export interface CliIo {
  /** The arguments after the program's name. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly homeDirectory: string;
  /** The name of this machine. */
  readonly hostName: string;
  readonly stdin: TerminalInput;
  readonly stdout: TerminalOutput;
  readonly stderr: TerminalOutput;
  /** This process to others: its number, its host, and whether one of the same host is there; true where nobody can tell. */
  readonly machine: {
    readonly pid: number;
    readonly host: string;
    readonly isAlive: (pid: number) => boolean;
  };
  /** The size of standard input in bytes where it is a regular file. */
  readonly inputSize: () => number | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A number from 0 up to 1. */
  readonly random: () => number;
  /** A new random UUID. */
  readonly newId: () => string;
  /**
   * From the first call on, SIGINT and SIGTERM abort this signal, with their name as the reason, instead of ending the
   * process; a second one ends it.
   */
  readonly stopSignal: () => AbortSignal;
  /** Does what SIGINT does: for Ctrl+C on a terminal whose keys are read one by one. */
  readonly interrupt: () => void;
}
