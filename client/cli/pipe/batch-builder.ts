import { type Batch, batchOf, sizeInBatch } from './batch.js';
import type { BatchLimits } from './batch-limits.js';
import type { Line } from './line-splitter.js';

/** Gathers lines into batches that keep the limits of a request. */
export class BatchBuilder {
  readonly #limits: BatchLimits;
  #lines: Line[] = [];
  #bytes = 0;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
  }

  get isEmpty(): boolean {
    return this.#lines.length === 0;
  }

  /** Takes a line; gives back the batch before it where the line does not fit into that any more. */
  add(line: Line): Batch | undefined {
    this.#lines.push(line);
    this.#bytes += sizeInBatch(line);
    if (!this.#limits.isOver({ lines: this.#lines, bytes: this.#bytes })) return undefined;
    const batch = batchOf(this.#lines.slice(0, -1));
    this.#lines = [line];
    this.#bytes = sizeInBatch(line);
    return batch;
  }

  /** What was gathered since the last batch; undefined where that is nothing. */
  take(): Batch | undefined {
    const batch = batchOf(this.#lines);
    this.#lines = [];
    this.#bytes = 0;
    return batch;
  }
}
