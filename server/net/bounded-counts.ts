interface Count {
  value: number;
  /** By the clock of the counts. */
  endsAt: number;
}

/**
 * Counts by key, each for its time, and of no more than so many keys: when there are more, half of them are forgotten, those
 * that were told last longest ago. A full table of 100,000 keys takes about 20 MiB.
 */
export class BoundedCounts {
  readonly #maxKeys: number;
  readonly #now: () => number;
  // Two generations, as a Map that loses its first key again and again is slow.
  #young = new Map<string, Count>();
  #old = new Map<string, Count>();

  /** @param now - a clock in milliseconds that never goes back */
  constructor(maxKeys = 100_000, now = () => performance.now()) {
    this.#maxKeys = maxKeys;
    this.#now = now;
  }

  /** How many keys there are. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** Counts one more, for so many seconds since the first; answers how many there are now. */
  add(key: string, seconds: number): number {
    const { value = 0, endsAt = this.#now() + seconds * 1000 } = this.#live(key) ?? {};
    this.#tell(key, { value: value + 1, endsAt });
    return value + 1;
  }

  /** Takes one back. */
  takeBack(key: string): void {
    const count = this.#live(key);
    if (count !== undefined) count.value -= 1;
  }

  /** Counts one, for so many seconds from now, whatever there was. */
  restart(key: string, seconds: number): void {
    this.#tell(key, { value: 1, endsAt: this.#now() + seconds * 1000 });
  }

  /** Forgets a key. */
  delete(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  /** Whole seconds, rounded up, until a key is forgotten; 0 where there is none. */
  secondsLeft(key: string): number {
    const count = this.#live(key);
    return count === undefined ? 0 : Math.ceil((count.endsAt - this.#now()) / 1000);
  }

  #live(key: string): Count | undefined {
    const count = this.#young.get(key) ?? this.#old.get(key);
    return count !== undefined && count.endsAt > this.#now() ? count : undefined;
  }

  #tell(key: string, count: Count): void {
    this.#old.delete(key);
    this.#young.set(key, count);
    if (this.#young.size < this.#maxKeys / 2) return;
    this.#old = this.#young;
    this.#young = new Map();
  }
}
