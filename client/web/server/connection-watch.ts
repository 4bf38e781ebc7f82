import { Store } from './store.js';

/** What is to be told how a request ended. */
export interface RequestWatch {
  /** The server has answered, whatever it was. */
  readonly onAnswer: () => void;
  /** No answer came. */
  readonly onSilence: () => void;
}

/** What a watch of the connection needs. */
export interface ConnectionWatchOptions {
  /** Asks the server for anything, and does not wait long; it is told of by {@link ConnectionWatch.onRequest}, as all requests are. */
  readonly ask: () => Promise<unknown>;
  /** How long to wait between two such questions, in milliseconds. */
  readonly pauseMs: number;
}

/** Whether the server answers. Once it does not, it is asked again and again until it does. */
export class ConnectionWatch {
  /** Whether it answered the last time. */
  readonly isConnected = new Store(true);
  readonly #options: ConnectionWatchOptions;
  /** Counts the answers: what has had none since another request began is of the time before. */
  #answers = 0;
  #isAsking = false;
  /** Whether a request failed that says nothing about now. */
  #isInDoubt = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ConnectionWatchOptions) {
    this.#options = options;
  }

  /** A request goes out. */
  readonly onRequest = (): RequestWatch => {
    const before = this.#answers;
    return {
      onAnswer: () => {
        this.#answers += 1;
        this.#isInDoubt = false;
        this.#wait();
        this.isConnected.set(true);
      },
      onSilence: () => {
        if (this.#answers === before) this.#isLost();
        else this.#mayBeLost();
      },
    };
  };

  #isLost(): void {
    this.isConnected.set(false);
    if (!this.#isAsking && this.#timer === undefined) this.#wait(this.#options.pauseMs);
  }

  // It has answered others since. Whether it does now is not known, so it is asked before anything is said.
  #mayBeLost(): void {
    this.#isInDoubt = true;
    if (!this.#isAsking && this.#timer === undefined) this.#wait(0);
  }

  // At most one question at a time. @param ms - undefined: there is none to be asked
  #wait(ms?: number): void {
    clearTimeout(this.#timer);
    this.#timer = ms === undefined ? undefined : setTimeout(() => void this.#ask(), ms);
  }

  async #ask(): Promise<void> {
    this.#timer = undefined;
    this.#isInDoubt = false;
    this.#isAsking = true;
    await this.#options.ask().catch(() => undefined);
    this.#isAsking = false;
    if (this.#hasToAsk()) this.#wait(this.#options.pauseMs);
  }

  #hasToAsk(): boolean {
    return this.#isInDoubt || !this.isConnected.get();
  }
}
