import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import type { TerminalInput, TerminalOutput } from '../cli-io.js';
import type { Paint } from '../output/colours.js';
import { ChatScreen } from './chat-screen.js';
import { singleKeys, type SingleKeys } from './single-keys.js';

export interface ChatTerminalOptions {
  readonly input: TerminalInput;
  readonly output: TerminalOutput;
  /** Called with each line that is entered. */
  readonly onLine: (line: string) => void;
  /** Called on Ctrl+C, on Ctrl+D on an empty line, and where the terminal is gone. */
  readonly onLeave: () => void;
  /** What Tab may make of a word. */
  readonly wordsFor: (word: string) => readonly string[];
  readonly paint: Paint;
}

const HISTORY_LINES = 500;

/**
 * The terminal of a chat: what comes is printed above the line that is being typed, and neither disturbs the other. The line
 * is edited by Node's readline, which draws nothing itself. Dispose of it to give the terminal back as it was.
 */
export class ChatTerminal implements Disposable {
  readonly #options: ChatTerminalOptions;
  readonly #screen: ChatScreen;
  readonly #keys: SingleKeys;
  readonly #reader: Interface;
  #status = '';
  #isDrawingSoon = false;
  #isOver = false;

  constructor(options: ChatTerminalOptions) {
    const { input, output, onLine, onLeave, wordsFor, paint } = options;
    this.#options = options;
    this.#screen = new ChatScreen(output.columns ?? 0, paint);
    this.#keys = singleKeys(input);
    this.#reader = createInterface({
      input: this.#keys.stream,
      output: nowhere(),
      terminal: true,
      historySize: HISTORY_LINES,
      removeHistoryDuplicates: true,
      completer: (line: string) => {
        const word = /\S*$/.exec(line)?.[0] ?? '';
        return [word === '' ? [] : wordsFor(word).filter((each) => each.startsWith(word)), word];
      },
    });
    this.#reader.on('line', onLine).on('SIGINT', onLeave).on('close', onLeave);
    this.#reader.on('SIGCONT', this.#drawSoon);
    // Behind the reader, which has dealt with the key then.
    this.#keys.stream.on('keypress', this.#onKey);
    output.on('resize', this.#onResize);
    this.#draw();
  }

  /** Prints lines that have nothing in them that a terminal obeys but colours. */
  print(lines: readonly string[]): void {
    if (lines.length > 0) this.#write(this.#screen.print(lines));
  }

  /** Says how things are. */
  set status(text: string) {
    if (text === this.#status) return;
    this.#status = text;
    this.#draw();
  }

  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#write(this.#screen.end());
    this.#isOver = true;
    this.#options.output.off('resize', this.#onResize);
    this.#reader.close();
    this.#keys[Symbol.dispose]();
  }

  readonly #onKey = (_text: string | undefined, key: { ctrl?: boolean; name?: string } | undefined): void => {
    if (key?.ctrl === true && key.name === 'l') this.#write(this.#screen.clear());
    this.#drawSoon();
  };

  readonly #onResize = (): void => {
    this.#write(this.#screen.resize(this.#options.output.columns ?? 0));
  };

  // What is pasted comes as many keys at once.
  readonly #drawSoon = (): void => {
    if (this.#isDrawingSoon) return;
    this.#isDrawingSoon = true;
    setImmediate(() => {
      this.#isDrawingSoon = false;
      this.#draw();
    });
  };

  #draw(): void {
    const { line, cursor } = this.#reader;
    this.#write(this.#screen.update({ status: this.#status, input: line, cursor }));
  }

  #write(text: string): void {
    if (!this.#isOver) this.#options.output.write(text);
  }
}

function nowhere(): Writable {
  return new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
}
