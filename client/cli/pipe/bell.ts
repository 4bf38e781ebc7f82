/** Wakes whoever waits for something to happen. Whoever is woken looks for himself whether it is what he waits for. */
export class Bell {
  readonly #waiting = new Set<(hasRung: boolean) => void>();

  /** Wakes all who wait now. */
  ring(): void {
    for (const wake of [...this.#waiting]) wake(true);
  }

  /** Waits for the next ring, at most so many milliseconds where that is given. Says whether it has rung. */
  wait(waitMs?: number): Promise<boolean> {
    return new Promise((resolve) => {
      const wake = (hasRung: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve(hasRung);
      };
      const timer = waitMs === undefined ? undefined : setTimeout(wake, waitMs, false);
      this.#waiting.add(wake);
    });
  }
}
