/**
 * Which of a stream of names come most often, in constant memory: so many places, and a name that has none takes that of the least,
 * whose count it goes on with. A name that has more than the places' share of all that was counted has a place.
 *
 * Metwally, Agrawal, El Abbadi, "Efficient computation of frequent and top-k elements in data streams", ICDT 2005. That counts may
 * fade meanwhile: Cormode, Korn, Tirthapura, "Exponentially decayed aggregates on data streams", ICDE 2008.
 */
export class SpaceSaving {
  readonly #slots = new Map<string, number>();
  readonly #names: string[] = [];
  readonly #counts: Float64Array;
  readonly #onReplaced: (slot: number) => void;

  /**
   * @param places - how many names are told apart
   * @param onReplaced - told of each place that another name is about to take
   */
  constructor(places: number, onReplaced: (slot: number) => void) {
    this.#counts = new Float64Array(places);
    this.#onReplaced = onReplaced;
  }

  /** Those that have a place, by their number. */
  get names(): readonly string[] {
    return this.#names;
  }

  /** Counts a name; answers the number of its place. */
  add(name: string, count: number): number {
    const slot = this.#slots.get(name) ?? this.#place(name);
    this.#counts[slot] = (this.#counts[slot] ?? 0) + count;
    return slot;
  }

  /** Lets all counts fade. @param factor - what is left of each, 0 to 1 */
  fade(factor: number): void {
    for (let slot = 0; slot < this.#names.length; slot += 1)
      this.#counts[slot] = (this.#counts[slot] ?? 0) * factor;
  }

  /** Forgets all names; nobody is told. */
  clear(): void {
    this.#slots.clear();
    this.#counts.fill(0, 0, this.#names.length);
    this.#names.length = 0;
  }

  #place(name: string): number {
    const isFree = this.#names.length < this.#counts.length;
    const slot = isFree ? this.#names.length : this.#least();
    if (!isFree) {
      this.#slots.delete(this.#names[slot] ?? '');
      this.#onReplaced(slot);
    }
    this.#names[slot] = name;
    this.#slots.set(name, slot);
    return slot;
  }

  #least(): number {
    const counts = this.#counts;
    let least = 0;
    let lowest = Number.POSITIVE_INFINITY;
    for (let slot = 0; slot < counts.length; slot += 1) {
      const count = counts[slot] ?? 0;
      if (count >= lowest) continue;
      lowest = count;
      least = slot;
    }
    return least;
  }
}
