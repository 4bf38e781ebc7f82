import type { Load, Overview } from '../../../protocol/overview.js';
import { NamedSeries } from './named-series.js';
import type { SecondTally } from './second-tally.js';

/** What was stored in a range, as it is answered. */
export type LoadView = Pick<Overview, 'total' | 'by_user' | 'by_topic' | 'commits'> & {
  /** The end of the last step, in seconds since the epoch. */
  readonly until: number;
};

/**
 * The last steps of one length: as many as are answered, all of them complete, and the one that is under way. Each has the column of
 * its number, which is that of a multiple of its length since the epoch; every column that is of no step yet is empty.
 */
export class LoadRing {
  readonly #seconds: number;
  readonly #steps: number;
  readonly #columns: number;
  readonly #messages: Uint32Array;
  readonly #bytes: Float64Array;
  readonly #commits: Uint32Array;
  readonly #commitMs: Float64Array;
  readonly #longestCommitMs: Float64Array;
  readonly #users: NamedSeries;
  readonly #topics: NamedSeries;
  #current: number;
  #view: LoadView | undefined;

  /**
   * @param seconds - of a step
   * @param steps - how many are answered
   * @param now - in seconds since the epoch
   */
  constructor(seconds: number, steps: number, now: number) {
    this.#seconds = seconds;
    this.#steps = steps;
    this.#columns = steps + 1;
    this.#current = Math.floor(now / seconds);
    this.#messages = new Uint32Array(this.#columns);
    this.#bytes = new Float64Array(this.#columns);
    this.#commits = new Uint32Array(this.#columns);
    this.#commitMs = new Float64Array(this.#columns);
    this.#longestCommitMs = new Float64Array(this.#columns);
    this.#users = new NamedSeries(this.#columns);
    this.#topics = new NamedSeries(this.#columns);
  }

  /** How much memory it takes, beside the names. */
  get byteLength(): number {
    const { byteLength: ofNumbers } = this.#messages;
    const { byteLength: ofSums } = this.#bytes;
    return 2 * ofNumbers + 3 * ofSums + this.#users.byteLength + this.#topics.byteLength;
  }

  /** Adds a second's tally to the step that is under way. */
  add(tally: SecondTally): void {
    const column = this.#columnOf(this.#current);
    increase(this.#messages, column, tally.messages);
    increase(this.#bytes, column, tally.bytes);
    increase(this.#commits, column, tally.commits);
    increase(this.#commitMs, column, tally.commitMs);
    const longest = this.#longestCommitMs[column] ?? 0;
    this.#longestCommitMs[column] = Math.max(longest, tally.longestCommitMs);
    tally.users.forEach((...each) => {
      this.#users.add(column, ...each);
    });
    tally.topics.forEach((...each) => {
      this.#topics.add(column, ...each);
    });
  }

  /** Goes to the step of a time. What is too old is forgotten, and so is what, after the clock was set back, is yet to come. */
  moveTo(now: number): void {
    const step = Math.floor(now / this.#seconds);
    const [from, to] = step > this.#current ? [this.#current, step] : [step, this.#current];
    if (from === to) return;
    const first = Math.max(from + 1, to - this.#columns + 1);
    for (let each = first; each <= to; each += 1) this.#clear(this.#columnOf(each));
    const share = (1 - 1 / this.#steps) ** (to - from);
    this.#users.fade(share);
    this.#topics.fade(share);
    this.#current = step;
    this.#view = undefined;
  }

  /** All complete steps. */
  get view(): LoadView {
    this.#view ??= this.#look();
    return this.#view;
  }

  #look(): LoadView {
    const columns = Array.from({ length: this.#steps }, (_, index) =>
      this.#columnOf(this.#current - this.#steps + index),
    );
    const total: Load = { messages: pick(this.#messages, columns), bytes: pick(this.#bytes, columns) };
    return {
      until: this.#current * this.#seconds,
      total,
      by_user: this.#users.top(columns, total),
      by_topic: this.#topics.top(columns, total),
      commits: {
        count: pick(this.#commits, columns),
        mean_ms: columns.map((column) => this.#perCommit(column, this.#commitMs)),
        max_ms: columns.map((column) => this.#ofCommits(column, this.#longestCommitMs)),
      },
    };
  }

  #perCommit(column: number, sums: Float64Array): number | null {
    const count = this.#commits[column] ?? 0;
    return count === 0 ? null : toMicroseconds((sums[column] ?? 0) / count);
  }

  #ofCommits(column: number, longest: Float64Array): number | null {
    return this.#commits[column] === 0 ? null : toMicroseconds(longest[column] ?? 0);
  }

  #clear(column: number): void {
    this.#messages[column] = 0;
    this.#bytes[column] = 0;
    this.#commits[column] = 0;
    this.#commitMs[column] = 0;
    this.#longestCommitMs[column] = 0;
    this.#users.clearColumn(column);
    this.#topics.clearColumn(column);
  }

  #columnOf(step: number): number {
    return ((step % this.#columns) + this.#columns) % this.#columns;
  }
}

function increase(series: Uint32Array | Float64Array, column: number, by: number): void {
  series[column] = (series[column] ?? 0) + by;
}

function pick(series: Uint32Array | Float64Array, columns: readonly number[]): number[] {
  return columns.map((column) => series[column] ?? 0);
}

function toMicroseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
