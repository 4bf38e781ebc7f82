/**
 * Writes that the memory is ahead of the database by: tried at once, and again until they succeed. There are no more of
 * them than sessions and places that the database has kept.
 */
export class LateWrites {
  readonly #waiting = new Map<string, () => Promise<void>>();
  readonly #onFailure: (error: unknown) => void;

  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  /** Writes, now or later; never rejects. @param key - a later write of the same key takes the place of one that waits */
  async write(key: string, write: () => Promise<void>): Promise<void> {
    try {
      await write();
      this.#waiting.delete(key);
    } catch (error) {
      // To the end of the line: what fails for a reason of its own holds up nothing for good.
      this.#waiting.delete(key);
      this.#waiting.set(key, write);
      this.#onFailure(error);
    }
  }

  /** Tries again what waits, until something fails once more. */
  async flush(): Promise<void> {
    for (const [key, write] of [...this.#waiting]) {
      await this.write(key, write);
      if (this.#waiting.has(key)) return;
    }
  }
}
