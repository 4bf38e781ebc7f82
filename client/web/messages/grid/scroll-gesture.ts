const LASTS_MS = 1_500;

/** Whether somebody scrolls, or the list does it by itself. */
export class ScrollGesture {
  readonly #now: () => number;
  #last = Number.NEGATIVE_INFINITY;
  #isHeld = false;
  #newestTop = 0;

  /** @param now - milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether what is scrolled now is scrolled by somebody. */
  get isUnderWay(): boolean {
    return this.#isHeld || this.#now() - this.#last < LASTS_MS;
  }

  /**
   * Whether the list stands above where it last kept to the newest. Where it does not and is not at its end either, it has grown
   * since, or its frame has become lower.
   *
   * @param top - in pixels, as of its element
   */
  isAbove(top: number): boolean {
    return top < this.#newestTop - 1;
  }

  /** The list keeps to the newest, and stands there. */
  readonly keep = (top: number): void => {
    this.#newestTop = top;
  };

  /** Somebody has moved the list. */
  readonly touch = (): void => {
    this.#last = this.#now();
  };

  /** Somebody holds the list, or its scroll bar, for however long. */
  readonly hold = (): void => {
    this.#isHeld = true;
  };

  /** It is held no more; it may roll on for a little. */
  readonly release = (): void => {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.touch();
  };

  /** The list is led elsewhere: what it does from now on is its own doing. */
  readonly forget = (): void => {
    this.#isHeld = false;
    this.#last = Number.NEGATIVE_INFINITY;
  };
}
