import { MAX_OVERVIEW_NAMES, type Load, type NamedLoad } from '../../../protocol/overview.js';
import { TRACKED_NAMES } from './second-tally.js';
import { SpaceSaving } from './space-saving.js';

/** What is behind a place's name of each step. */
const BYTES_OF_STEP = Uint32Array.BYTES_PER_ELEMENT + Float64Array.BYTES_PER_ELEMENT;

interface Found {
  readonly name: string;
  readonly load: Load;
  readonly sum: number;
}

/** What was stored step by step under the names that come most often. A name that loses its place takes its past along. */
export class NamedSeries {
  readonly #columns: number;
  readonly #messages: Uint32Array;
  readonly #bytes: Float64Array;
  readonly #names = new SpaceSaving(TRACKED_NAMES, (slot) => {
    const begin = slot * this.#columns;
    this.#messages.fill(0, begin, begin + this.#columns);
    this.#bytes.fill(0, begin, begin + this.#columns);
  });

  /** @param columns - how many steps are kept */
  constructor(columns: number) {
    this.#columns = columns;
    this.#messages = new Uint32Array(TRACKED_NAMES * columns);
    this.#bytes = new Float64Array(TRACKED_NAMES * columns);
  }

  /** How much memory it takes, beside the names. */
  get byteLength(): number {
    return TRACKED_NAMES * this.#columns * BYTES_OF_STEP;
  }

  add(column: number, name: string, messages: number, bytes: number): void {
    const at = this.#names.add(name, messages) * this.#columns + column;
    this.#messages[at] = (this.#messages[at] ?? 0) + messages;
    this.#bytes[at] = (this.#bytes[at] ?? 0) + bytes;
  }

  /** Empties a step. */
  clearColumn(column: number): void {
    for (let at = column; at < this.#messages.length; at += this.#columns) {
      this.#messages[at] = 0;
      this.#bytes[at] = 0;
    }
  }

  /** Lets what is long past count less where a name has to make room. */
  fade(factor: number): void {
    this.#names.fade(factor);
  }

  /**
   * Those with the most messages in some steps, the most first, and behind them, without a name, all that is left of the total.
   *
   * @param columns - the steps in order
   */
  top(columns: readonly number[], total: Load): NamedLoad[] {
    const found = [...this.#names.names.entries()]
      .map(([slot, name]) => this.#find(slot, name, columns))
      .filter(({ sum }) => sum > 0)
      .sort((one, other) => other.sum - one.sum)
      .slice(0, MAX_OVERVIEW_NAMES);
    const rest = without(total, found);
    const named = found.map(({ name, load }) => ({ name, ...load }));
    return rest.messages.some((count) => count > 0) ? [...named, { name: null, ...rest }] : named;
  }

  #find(slot: number, name: string, columns: readonly number[]): Found {
    const begin = slot * this.#columns;
    const messages = columns.map((column) => this.#messages[begin + column] ?? 0);
    const bytes = columns.map((column) => this.#bytes[begin + column] ?? 0);
    return { name, load: { messages, bytes }, sum: sumOf(messages) };
  }
}

function without(total: Load, found: readonly Found[]): Load {
  const messages = [...total.messages];
  const bytes = [...total.bytes];
  for (const { load } of found) {
    for (const [step, count] of load.messages.entries()) {
      messages[step] = (messages[step] ?? 0) - count;
      bytes[step] = (bytes[step] ?? 0) - (load.bytes[step] ?? 0);
    }
  }
  return { messages, bytes };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
