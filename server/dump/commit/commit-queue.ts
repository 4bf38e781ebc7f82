import { AppError } from '../../errors/app-error.js';
import type { Batch, Committed } from '../message-log.js';
import { weightOf } from '../message-list.js';
import { MAX_COMMIT_BYTES } from '../recovery/recovery-window.js';

/** A batch whose sender waits. */
export interface Waiting {
  readonly batch: Batch;
  /** Bytes. */
  readonly weight: number;
  readonly resolve: (committed: Committed) => void;
  readonly reject: (error: unknown) => void;
}

/** What waits to be committed, bounded by its bytes. */
export class CommitQueue {
  readonly #maxBytes: number;
  #waiting: Waiting[] = [];
  #bytes = 0;
  #heldBytes = 0;
  #lastInTurn: Promise<void> = Promise.resolve();
  #tellOfRoom: () => void = () => undefined;

  /** @param maxBytes - how much may wait, over all senders, before they are refused */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Puts a batch at the end. Rejects with AppError `dump.queue_full`; a batch that finds nobody waiting is always taken, and so is a part of a stream. */
  add(batch: Batch): Promise<Committed> {
    const weight = weightOf(batch.messages);
    if (batch.stream === undefined && !this.#hasRoom(weight))
      return Promise.reject(new AppError('dump.queue_full', { details: { limit: this.#maxBytes } }));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, weight, resolve, reject });
      this.#bytes += weight;
    });
  }

  /** Holds room for so many bytes, as soon as there is some, in the order of asking; half of the queue is left to others. */
  async room(bytes: number): Promise<Disposable> {
    const turn = this.#lastInTurn.then(() => this.#waitForRoom(bytes));
    this.#lastInTurn = turn;
    await turn;
    return {
      [Symbol.dispose]: () => {
        this.#heldBytes -= bytes;
        this.#tellOfRoom();
      },
    };
  }

  /** Takes what goes into one commit, from the front. */
  take(): Waiting[] {
    let bytes = 0;
    const over = this.#waiting.findIndex((next) => (bytes += next.weight) > MAX_COMMIT_BYTES);
    if (over === -1) return this.takeAll();
    const taken = this.#waiting.splice(0, Math.max(1, over));
    for (const { weight } of taken) this.#bytes -= weight;
    this.#tellOfRoom();
    return taken;
  }

  /** Takes everything. */
  takeAll(): Waiting[] {
    const taken = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    this.#tellOfRoom();
    return taken;
  }

  #hasRoom(bytes: number): boolean {
    return this.#waiting.length === 0 || this.#bytes + bytes <= this.#maxBytes;
  }

  async #waitForRoom(bytes: number): Promise<void> {
    while (!this.#hasRoomInHalf(bytes)) {
      await new Promise<void>((resolve) => {
        this.#tellOfRoom = resolve;
      });
    }
    this.#heldBytes += bytes;
  }

  #hasRoomInHalf(bytes: number): boolean {
    const taken = this.#bytes + this.#heldBytes;
    return taken === 0 || taken + bytes <= this.#maxBytes / 2;
  }
}
