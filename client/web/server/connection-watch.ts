import { Store } from './store.js';

const ASK_EVERY_MS = 1_500;

/** Whether the server answers. Once it does not, it is asked again and again until it does. */
export class ConnectionWatch {
  /** Whether it answered the last time. */
  readonly isConnected = new Store(true);
  readonly #ask: () => Promise<unknown>;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param ask - asks the server for anything; the answer is told by {@link onAnswer} */
  constructor(ask: () => Promise<unknown>) {
    this.#ask = ask;
  }

  readonly onAnswer = (): void => {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.isConnected.set(true);
  };

  readonly onSilence = (): void => {
    this.isConnected.set(false);
    this.#timer ??= setInterval(() => {
      this.#ask().catch(() => undefined);
    }, ASK_EVERY_MS);
  };
}
