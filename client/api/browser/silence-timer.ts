/** Aborts when nothing has been heard for too long. End it when all has been. */
export class SilenceTimer {
  readonly #silenceMs: number;
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout>;

  /** @param silenceMs - how long it may be silent from now on, in milliseconds */
  constructor(silenceMs: number) {
    this.#silenceMs = silenceMs;
    this.#timer = this.#start();
  }

  /** Is aborted when it was silent for too long. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Something was heard. */
  readonly heard = (): void => {
    clearTimeout(this.#timer);
    this.#timer = this.#start();
  };

  /** Listens no more. */
  end(): void {
    clearTimeout(this.#timer);
  }

  #start(): ReturnType<typeof setTimeout> {
    return setTimeout(() => {
      this.#controller.abort();
    }, this.#silenceMs);
  }
}
