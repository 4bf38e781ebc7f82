import { reachedBy, type Row } from './row.js';

/** What has come live and is not in the window: kept from one record on without a hole, forgotten from its beginning where it is too much. */
export class LiveTail {
  readonly #maxRows: number;
  readonly #maxWeight: number;
  #rows: Row[] = [];
  #weight = 0;
  #after: number;
  #reached: number;
  #count = 0;

  /** @param after - the record that it begins behind */
  constructor(after: number, limits: { readonly rows: number; readonly weight: number }) {
    [this.#after, this.#reached] = [after, after];
    [this.#maxRows, this.#maxWeight] = [limits.rows, limits.weight];
  }

  /** Everything behind this record is here. */
  get after(): number {
    return this.#after;
  }

  /** Up to which record. */
  get reached(): number {
    return this.#reached;
  }

  /** How many messages have come since the last {@link take}, those included that are forgotten. */
  get count(): number {
    return this.#count;
  }

  /** Takes in what has come next. */
  add(rows: readonly Row[]): void {
    for (const row of rows) {
      this.#rows.push(row);
      this.#weight += row.weight;
      this.#reached = reachedBy(row);
      if (row.kind === 'record') this.#count += 1;
    }
    // Seldom, as what remains is moved each time.
    if (this.#rows.length > 2 * this.#maxRows || this.#weight > 2 * this.#maxWeight) this.#forget();
  }

  /** All that is here, which is here no more from then on. */
  take(): readonly Row[] {
    const taken = this.#rows;
    [this.#rows, this.#weight, this.#count, this.#after] = [[], 0, 0, this.#reached];
    return taken;
  }

  #forget(): void {
    let dropped = 0;
    let weight = this.#weight;
    for (const row of this.#rows) {
      if (this.#rows.length - dropped <= this.#maxRows && weight <= this.#maxWeight) break;
      weight -= row.weight;
      dropped += 1;
      this.#after = reachedBy(row);
    }
    this.#rows = this.#rows.slice(dropped);
    this.#weight = weight;
  }
}
