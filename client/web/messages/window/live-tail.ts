import { reachedBy, type Row } from './row.js';

/** What has come live and is not in the window: kept from one record on without a hole, forgotten from its beginning where it is too much. */
export class LiveTail {
  readonly #maxRows: number;
  #rows: Row[] = [];
  #after: number;
  #reached: number;
  #count = 0;

  /** @param after - the record that it begins behind */
  constructor(after: number, maxRows: number) {
    [this.#after, this.#reached, this.#maxRows] = [after, after, maxRows];
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
      this.#reached = reachedBy(row);
      if (row.kind === 'record') this.#count += 1;
    }
    // Seldom, as what remains is moved each time.
    if (this.#rows.length > 2 * this.#maxRows) this.#forget();
  }

  /** All that is here, which is here no more from then on. */
  take(): readonly Row[] {
    const taken = this.#rows;
    [this.#rows, this.#count, this.#after] = [[], 0, this.#reached];
    return taken;
  }

  #forget(): void {
    const dropped = this.#rows.length - this.#maxRows;
    const last = this.#rows[dropped - 1];
    if (last !== undefined) this.#after = reachedBy(last);
    this.#rows = this.#rows.slice(dropped);
  }
}
