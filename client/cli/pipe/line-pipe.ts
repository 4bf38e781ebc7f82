import type { Readable } from 'node:stream';
import type { GatherError } from '../../api/gather-error.js';
import { CliError } from '../cli-error.js';
import { type Batch, halvesOf } from './batch.js';
import { BatchBuilder } from './batch-builder.js';
import { BatchLimits } from './batch-limits.js';
import { type Line, LineSplitter } from './line-splitter.js';
import { isSizeRefusal } from './size-refusal.js';
import { TimedChunks } from './timed-chunks.js';

/** How far a pipe has come. */
export interface PipeProgress {
  /** Messages that the server has acknowledged. */
  readonly stored: number;
  /** Bytes of the input that were read. */
  readonly bytesRead: number;
}

export interface PipeOptions {
  readonly input: Readable;
  /** Stores a batch; resolves once it is acknowledged. */
  readonly send: (batch: Batch) => Promise<unknown>;
  /** Ends the pipe after the batch that is under way. */
  readonly stop: AbortSignal;
  /** Told about each chunk and each batch. */
  readonly onProgress: (progress: PipeProgress) => void;
  /** How long the first line of a batch waits for more, in milliseconds. */
  readonly flushAfterMs?: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** How long a line waits for others to go with it, in milliseconds: short enough for `tail -f` to look live. */
const FLUSH_AFTER_MS = 100;

/**
 * Sends each line of an input as a message, in order, one batch at a time. While a batch is under way nothing is read, so
 * a slow server slows down the writer, and memory stays flat.
 *
 * A batch that the server refuses for its size is sent in halves, and later ones are no larger. A line that cannot be
 * sent ends the pipe: all lines before it are sent, none from it on.
 */
export class LinePipe {
  readonly #options: PipeOptions;
  readonly #splitter = new LineSplitter();
  readonly #limits = new BatchLimits();
  readonly #batch = new BatchBuilder(this.#limits);
  #stored = 0;
  #bytesRead = 0;
  #flushAt: number | undefined;
  #inFlight: Batch | undefined;

  constructor(options: PipeOptions) {
    this.#options = options;
  }

  /** How many messages the server has acknowledged; these are the first ones of the input. */
  get stored(): number {
    return this.#stored;
  }

  /** The batch whose sending failed; undefined where none did. */
  get failedBatch(): Batch | undefined {
    return this.#inFlight;
  }

  /** Runs until the input ends or it is stopped. Rejects with what `send`, the input or a line fails with. */
  async run(): Promise<'ended' | 'stopped'> {
    const chunks = new TimedChunks(this.#options.input, this.#options.stop);
    try {
      return await this.#pump(chunks);
    } finally {
      chunks.close();
    }
  }

  async #pump(chunks: TimedChunks): Promise<'ended' | 'stopped'> {
    for (;;) {
      const event = await chunks.next(this.#timeUntilFlush());
      if (event.kind === 'stopped') return 'stopped';
      if (event.kind === 'chunk') await this.#takeChunk(event.bytes);
      if (event.kind === 'end') await this.#take(this.#splitter.end());
      const isDue = event.kind === 'end' || this.#timeUntilFlush() === 0;
      if (isDue) await this.#flush();
      if (this.#options.stop.aborted) return 'stopped';
      if (event.kind === 'end') return 'ended';
    }
  }

  async #takeChunk(bytes: Uint8Array): Promise<void> {
    this.#bytesRead += bytes.length;
    this.#report();
    await this.#take(this.#splitter.push(bytes));
  }

  async #take(lines: Iterable<Line>): Promise<void> {
    try {
      for (const line of lines) {
        await this.#send(this.#batch.add(line));
        if (this.#options.stop.aborted) return;
      }
    } catch (error) {
      // Where a batch failed there is nothing more to send; where a line is wrong, those before it are good.
      if (this.#inFlight === undefined) await this.#flush();
      throw error;
    }
    if (!this.#batch.isEmpty) this.#flushAt ??= this.#options.now() + this.#flushAfterMs;
  }

  get #flushAfterMs(): number {
    return this.#options.flushAfterMs ?? FLUSH_AFTER_MS;
  }

  #timeUntilFlush(): number | undefined {
    if (this.#flushAt === undefined) return undefined;
    // The clock may have been set back meanwhile.
    return Math.min(this.#flushAfterMs, Math.max(0, this.#flushAt - this.#options.now()));
  }

  async #flush(): Promise<void> {
    await this.#send(this.#batch.take());
  }

  async #send(batch: Batch | undefined): Promise<void> {
    if (batch === undefined || this.#options.stop.aborted) return;
    this.#flushAt = undefined;
    await this.#sendInParts(batch);
  }

  // Halves are made of what is known to be too large, too, instead of asking again.
  async #sendInParts(batch: Batch): Promise<void> {
    if (!this.#limits.isOver(batch) && (await this.#isTaken(batch))) return;
    for (const half of halvesOf(batch)) {
      if (!this.#options.stop.aborted) await this.#sendInParts(half);
    }
  }

  // False where the server refuses a batch for its size, and has taken nothing of it.
  async #isTaken(batch: Batch): Promise<boolean> {
    this.#inFlight = batch;
    try {
      await this.#options.send(batch);
    } catch (error) {
      if (!isSizeRefusal(error)) throw error;
      if (batch.lines.length === 1) throw refusedLine(batch.firstLine, error);
      this.#limits.lowerBelow(batch, error);
      this.#inFlight = undefined;
      return false;
    }
    this.#inFlight = undefined;
    this.#stored += batch.messages.length;
    this.#report();
    return true;
  }

  #report(): void {
    this.#options.onProgress({ stored: this.#stored, bytesRead: this.#bytesRead });
  }
}

function refusedLine(number: number, cause: GatherError): CliError {
  const text = `Line ${String(number)} is too long for this server: ${cause.message}`;
  return new CliError('failed', cause.kind, text, { fields: { line: number }, cause });
}
