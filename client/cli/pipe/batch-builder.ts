import type { Line } from './line-splitter.js';
import { MAX_BATCH_MESSAGES, TARGET_BATCH_BYTES } from './message-limits.js';

/** Lines that go out in one request, in order; at least one. */
export interface Batch {
  readonly messages: readonly string[];
  readonly firstLine: number;
  readonly lastLine: number;
}

/** Gathers lines into batches that keep the limits of a request. */
export class BatchBuilder {
  #lines: Line[] = [];
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#lines.length === 0;
  }

  /** Takes a line; gives back the batch before it where the line does not fit into that any more. */
  add(line: Line): Batch | undefined {
    // The comma that goes before it.
    const size = line.encodedBytes + 1;
    const isFull = this.#lines.length >= MAX_BATCH_MESSAGES || this.#bytes + size > TARGET_BATCH_BYTES;
    const batch = isFull ? this.take() : undefined;
    this.#lines.push(line);
    this.#bytes += size;
    return batch;
  }

  /** What was gathered since the last batch; undefined where that is nothing. */
  take(): Batch | undefined {
    const first = this.#lines[0];
    const last = this.#lines.at(-1);
    if (first === undefined || last === undefined) return undefined;
    const messages = this.#lines.map(({ text }) => text);
    this.#lines = [];
    this.#bytes = 0;
    return { messages, firstLine: first.number, lastLine: last.number };
  }
}
