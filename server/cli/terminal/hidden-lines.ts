import { createInterface, type Interface } from 'node:readline';
import { Writable, type Readable } from 'node:stream';

/** Where a person is asked. */
export interface Terminal {
  readonly input: Readable;
  /** Standard error: standard output is left to results. */
  readonly output: Writable;
  /** Whether the input is a terminal, which would show what is typed. */
  readonly isTerminal: boolean;
}

/** Reads lines that are not to be shown. Dispose of it to let go of the terminal. */
export class HiddenLines implements Disposable {
  readonly #terminal: Terminal;
  readonly #reader: Interface;
  readonly #lines: AsyncIterator<string>;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    this.#reader = createInterface({
      input: terminal.input,
      // The reader shows what is typed: to nobody.
      output: new Writable({
        write: (_chunk, _encoding, done) => {
          done();
        },
      }),
      terminal: terminal.isTerminal,
      // What was typed must not come back with the arrow keys.
      historySize: 0,
    });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  /** Asks, on a terminal, and answers the line; undefined where the input has ended, or by Ctrl+C. */
  async ask(question: string): Promise<string | undefined> {
    const { output, isTerminal } = this.#terminal;
    if (isTerminal) output.write(question);
    const next = await this.#lines.next();
    if (isTerminal) output.write('\n');
    return next.done === true ? undefined : next.value;
  }

  [Symbol.dispose](): void {
    this.#reader.close();
  }
}
