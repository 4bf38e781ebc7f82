import { createInterface, type Interface } from 'node:readline';
import MuteStream from 'mute-stream';
import type { TerminalInput, TerminalOutput } from '../cli-io.js';

export interface LinePromptOptions {
  readonly input: TerminalInput;
  readonly output: TerminalOutput;
  /** Called on Ctrl+C, which a terminal whose keys are read one by one does not make into a signal. */
  readonly onInterrupt: () => void;
}

/**
 * Asks questions and reads the answers, one line each, from a terminal or a pipe. All lines come through one reader, so
 * that none is lost between two questions. Dispose of it to let go of the terminal.
 */
export class LinePrompt implements Disposable {
  readonly #options: LinePromptOptions;
  readonly #isTerminal: boolean;
  readonly #muted = new MuteStream();
  readonly #reader: Interface;
  readonly #lines: string[] = [];
  #waiting: ((line: string | undefined) => void) | undefined;
  #hasEnded = false;

  constructor(options: LinePromptOptions) {
    this.#options = options;
    this.#isTerminal = options.input.isTTY === true;
    this.#muted.pipe(options.output, { end: false });
    this.#reader = createInterface({
      input: options.input,
      output: this.#muted,
      terminal: this.#isTerminal,
      // What was typed as a password must not come back with the arrow keys.
      historySize: 0,
    });
    this.#reader.on('line', (line) => {
      this.#receive(line);
    });
    this.#reader.on('close', () => {
      this.#end();
    });
    this.#reader.on('SIGINT', () => {
      this.#reader.close();
      options.onInterrupt();
    });
  }

  /** Asks, and gives back the line that is the answer; undefined where the input has ended. */
  async ask(question: string): Promise<string | undefined> {
    this.#show(question);
    const line = await this.#next();
    // A terminal has shown the line's end as it was typed; in a pipe, the next text would stand beside the question.
    if (!this.#isTerminal || line === undefined) this.#options.output.write('\n');
    return line;
  }

  /** Asks for what must not be shown. */
  async askHidden(question: string): Promise<string | undefined> {
    this.#show(question);
    this.#muted.mute();
    try {
      return await this.#next();
    } finally {
      this.#muted.unmute();
      this.#options.output.write('\n');
    }
  }

  [Symbol.dispose](): void {
    this.#reader.close();
  }

  // On a terminal the reader has to know the question, which it draws anew when the line is edited.
  #show(question: string): void {
    if (this.#isTerminal && !this.#hasEnded) {
      this.#reader.setPrompt(question);
      this.#reader.prompt();
    } else {
      this.#options.output.write(question);
    }
  }

  #receive(line: string): void {
    emptyKillRing(this.#reader);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#lines.push(line);
    else waiting(line);
    // A pipe is read only as fast as its lines are used; a terminal stays readable, for Ctrl+C.
    if (!this.#isTerminal) this.#reader.pause();
  }

  #next(): Promise<string | undefined> {
    const line = this.#lines.shift();
    if (line !== undefined) return Promise.resolve(line);
    if (this.#hasEnded) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.#reader.resume();
    });
  }

  #end(): void {
    this.#hasEnded = true;
    this.#waiting?.(undefined);
    this.#waiting = undefined;
  }
}

// What was cut out of a line stays at hand for the next ones, by Ctrl+Y: also out of one that was not shown. Node gives no other way to it.
function emptyKillRing(reader: Interface): void {
  const held: object = reader;
  for (const key of Object.getOwnPropertySymbols(held)) {
    if (key.description === '_killRing') (held as Record<symbol, unknown[]>)[key]?.splice(0);
  }
}
