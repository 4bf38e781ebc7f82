import { LineReader, type Line } from '../line-reader.js';

/** How many lines each command has, itself included. Contract 4. */
const COMMANDS = { LOGIN: 3, ADD: 3, UPDATE: 3, DELETE: 2 } as const;
/** The first line of a request. */
export type Command = keyof typeof COMMANDS;

/** A request of contract 4; undefined where it is none. */
export type CredentialsRequest =
  | {
      readonly command: Command;
      /** As it came; undefined where the line was over-long or no UTF-8. */
      readonly user: string | undefined;
      /** The same; empty for DELETE. */
      readonly password: string | undefined;
    }
  | undefined;

/** How far a request has come. `likely`: its last line may still go on, or lacks its line end for good. */
export type Progress = 'partial' | 'likely' | 'complete';

/** The longest line: 128 characters of UTF-8 are a password's, 254 an e-mail address's. */
const MAX_LINE_BYTES = 1024;

/** Reads the one request of a connection, however it is cut into pieces. */
export class CredentialsReader {
  readonly #reader = new LineReader(MAX_LINE_BYTES);
  readonly #lines: (string | undefined)[] = [];

  /** Takes what has come; answers how far the request has come with it. What comes behind its last line is ignored. */
  take(piece: Buffer): Progress {
    for (const line of this.#reader.push(piece)) {
      this.#lines.push(textOf(line));
      if (this.#progress() === 'complete') break;
    }
    return this.#progress();
  }

  /** The request, as if nothing more came: its last line may lack its line end. */
  request(): CredentialsRequest {
    const lines = [...this.#lines, textOf(this.#reader.rest())];
    const command = commandIn(lines[0]);
    if (command === undefined || lines.length < COMMANDS[command]) return undefined;
    return { command, user: lines[1], password: COMMANDS[command] > 2 ? lines[2] : '' };
  }

  #progress(): Progress {
    const [first, ...others] = this.#lines;
    if (this.#lines.length === 0) return this.#canBecomeCommand() ? 'partial' : 'complete';
    const command = commandIn(first);
    if (command === undefined) return 'complete';
    const missing = COMMANDS[command] - 1 - others.length;
    if (missing <= 0 || this.#reader.isOverLong) return 'complete';
    // A line that ends within a character goes on for certain.
    const hasText = this.#reader.hasBegun && textOf(this.#reader.rest()) !== undefined;
    return missing === 1 && hasText ? 'likely' : 'partial';
  }

  #canBecomeCommand(): boolean {
    const begun = textOf(this.#reader.rest());
    return begun !== undefined && Object.keys(COMMANDS).some((command) => command.startsWith(begun));
  }
}

function textOf(line: Line): string | undefined {
  return typeof line === 'string' ? line : undefined;
}

function commandIn(line: string | undefined): Command | undefined {
  return line !== undefined && Object.hasOwn(COMMANDS, line) ? (line as Command) : undefined;
}
