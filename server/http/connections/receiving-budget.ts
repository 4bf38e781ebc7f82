/**
 * How much of unfinished bodies may be held in all: each is limited by itself, but thousands of connections can have
 * one each, and nobody has to show a token for that.
 */
export class ReceivingBudget {
  readonly limit: number;
  #held = 0;

  /** @param limit - bytes */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** Takes bytes, if there is room for them. */
  take(bytes: number): boolean {
    if (this.#held + bytes > this.limit) return false;
    this.#held += bytes;
    return true;
  }

  /** Gives back what has been taken. */
  release(bytes: number): void {
    this.#held -= bytes;
  }

  /** What is held now. */
  get held(): number {
    return this.#held;
  }
}
