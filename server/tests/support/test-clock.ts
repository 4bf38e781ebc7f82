/** A clock that goes on only when it is told to. */
export class TestClock {
  #now = Date.parse('2026-11-21T02:44:57.123Z');

  readonly now = (): Date => new Date(this.#now);

  /** @param ms - milliseconds */
  advance(ms: number): void {
    this.#now += ms;
  }
}
