import type { CliError, JsonFields } from '../cli-error.js';
import type { TerminalOutput } from '../cli-io.js';
import { EXIT_CODES, type ExitName } from '../exit-codes.js';

/** What a command has to say when it is through. */
export interface CommandResult {
  /** For people. */
  readonly text: string;
  /** For scripts: the JSON besides `ok`, `command` and `exitCode`. Undefined where what was written already is the result. */
  readonly fields: JsonFields | undefined;
  /** `done` where it is left out. */
  readonly exit?: ExitName;
}

export interface OutputOptions {
  readonly stdout: TerminalOutput;
  readonly stderr: TerminalOutput;
  readonly isJson: boolean;
  readonly isQuiet: boolean;
}

/**
 * Says what a command has to say. For people: results on standard output, all else on standard error. With `--json`:
 * one object on standard output, for a result and an error alike, and what is said meanwhile as JSON lines on
 * standard error.
 */
export class Output {
  readonly isJson: boolean;
  readonly #options: OutputOptions;

  constructor(options: OutputOptions) {
    this.isJson = options.isJson;
    this.#options = options;
  }

  /** Whether somebody looks at standard error who wants to see a command at work. */
  get isWatched(): boolean {
    const { stderr, isJson, isQuiet } = this.#options;
    return stderr.isTTY === true && !isJson && !isQuiet;
  }

  /** Says something that passes, to whoever looks on; to nobody otherwise. */
  progress(text: string): void {
    if (this.isWatched) this.#options.stderr.write(`gather: ${text}\n`);
  }

  /** Says to people what is no part of the result. */
  notice(text: string): void {
    const { stderr, isJson, isQuiet } = this.#options;
    if (!isJson && !isQuiet) stderr.write(`gather: ${text}\n`);
  }

  /** Says what went wrong without ending the command. @param fields - what stands beside the text in the JSON */
  warn(text: string, fields: JsonFields = {}): void {
    const line = this.isJson ? JSON.stringify({ warning: text, ...fields }) : `gather: ${text}`;
    this.#options.stderr.write(`${line}\n`);
  }

  /** Says how a command came out. */
  result(command: string, { text, fields, exit = 'done' }: CommandResult): void {
    if (fields === undefined) return;
    if (this.isJson)
      this.#object(exit === 'done' || exit === 'spooled', command, EXIT_CODES[exit].code, fields);
    else if (text !== '' && !this.#options.isQuiet) this.#options.stdout.write(`${text}\n`);
  }

  /** Says how a command failed. */
  error(command: string, error: CliError): void {
    const { code } = EXIT_CODES[error.exit];
    if (!this.isJson) {
      this.#options.stderr.write(`gather: ${error.message}\n`);
      return;
    }
    const { kind, message, status, retryAfterSeconds, fields } = error;
    const described: Record<string, string | number> = { kind, message };
    if (status !== undefined) described['status'] = status;
    if (retryAfterSeconds !== undefined) described['retryAfterSeconds'] = retryAfterSeconds;
    this.#object(false, command, code, { ...fields, error: described });
  }

  #object(isOk: boolean, command: string, exitCode: number, fields: JsonFields): void {
    this.#options.stdout.write(`${JSON.stringify({ ok: isOk, command, exitCode, ...fields })}\n`);
  }
}
