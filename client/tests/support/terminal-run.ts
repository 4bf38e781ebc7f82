import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { until } from '../../../server/tests/support/until.js';
import { FakeTerminal } from './fake-terminal.js';
import { GATHER_MAIN } from './gather-cli.js';

const UNFINISHED = new RegExp(`${String.fromCharCode(27)}(?:\\[[0-9;?]*)?$`);
const HOST = fileURLToPath(new URL('pty-host.py', import.meta.url));

/** Whether programs can be run on a terminal here: that needs python3, and a system that has terminals. */
export const HAS_TERMINALS =
  process.platform !== 'win32' && spawnSync('python3', ['-c', 'import pty, termios']).status === 0;

/** How a program on a terminal ended. */
export interface TerminalEnd {
  /** Negative where a signal ended it. */
  readonly exitCode: number;
  /** Whether the terminal's modes are what they were. */
  readonly isRestored: boolean;
}

/** The built client on a terminal of its own, of 80 columns. */
export class TerminalRun implements AsyncDisposable {
  readonly #host: ChildProcessWithoutNullStreams;
  readonly #closed: Promise<unknown>;
  #output = '';
  #told = '';

  constructor(args: readonly string[], env: Readonly<Record<string, string>>) {
    this.#host = spawn('python3', [HOST, process.execPath, GATHER_MAIN, ...args], {
      env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm', LANG: 'C.UTF-8', ...env },
    });
    this.#host.stdin.on('error', () => undefined);
    this.#host.stdout.setEncoding('utf8').on('data', (chunk: string) => (this.#output += chunk));
    this.#host.stderr.setEncoding('utf8').on('data', (chunk: string) => (this.#told += chunk));
    this.#closed = once(this.#host, 'close');
  }

  /** All that it has written. */
  get output(): string {
    return this.#output;
  }

  /** What is to be seen, line by line, what has scrolled away included. */
  get lines(): readonly string[] {
    const terminal = new FakeTerminal(80, 24);
    // Of a control sequence only the beginning may have come.
    terminal.write(this.#output.replace(UNFINISHED, ''));
    return terminal.lines;
  }

  /** Presses keys. */
  type(keys: string): void {
    this.#ask({ write: keys });
  }

  resize(rows: number, columns: number): void {
    this.#ask({ resize: [rows, columns] });
  }

  /** Waits until a line that is to be seen fits. */
  async sees(line: RegExp): Promise<void> {
    await until(`${String(line)} in ${JSON.stringify(this.#output)}`, () =>
      this.lines.some((each) => line.test(each)),
    ).catch((error: unknown) => {
      const seen = `${this.lines.join('\n')}\n${this.#told}`;
      throw new Error(`${String(line)} is not to be seen:\n${seen}`, { cause: error });
    });
  }

  /** Waits until the last line, where one types, is this one. */
  async prompts(line: string): Promise<void> {
    await until(`${line} as the last line`, () => this.lines.at(-1) === line).catch((error: unknown) => {
      throw new Error(`${line} is not the last line:\n${this.lines.join('\n')}`, { cause: error });
    });
  }

  /** Sends a signal to the program. */
  async signal(name: NodeJS.Signals): Promise<void> {
    const first = await until(
      'the number of the process',
      () => /^\{"pid": (\d+)\}\n/.exec(this.#told) ?? false,
    );
    process.kill(Number(first[1]), name);
  }

  /** Waits for its end. */
  async end(): Promise<TerminalEnd> {
    await this.#closed;
    return JSON.parse(this.#told.trim().split('\n').at(-1) ?? '') as TerminalEnd;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#host.exitCode === null) await this.signal('SIGKILL').catch(() => undefined);
    await this.#closed;
  }

  #ask(what: object): void {
    this.#host.stdin.write(`${JSON.stringify(what)}\n`);
  }
}
