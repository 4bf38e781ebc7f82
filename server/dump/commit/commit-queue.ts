import { AppError } from '../../errors/app-error.js';
import type { Batch, Committed } from '../message-log.js';
import { MAX_COMMIT_BYTES, RECORD_OVERHEAD } from '../recovery/recovery-window.js';

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
  #roomWanted: (() => void)[] = [];

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
    const weight = batch.messages.bytes.length + batch.messages.count * RECORD_OVERHEAD;
    if (batch.stream === undefined && !this.#hasRoom(weight))
      return Promise.reject(new AppError('dump.queue_full', { details: { limit: this.#maxBytes } }));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, weight, resolve, reject });
      this.#bytes += weight;
    });
  }

  /** Resolves when so many bytes have room, and half of it is left to those who do not wait for it. */
  async room(bytes: number): Promise<void> {
    while (this.#waiting.length > 0 && this.#bytes + bytes > this.#maxBytes / 2) {
      await new Promise<void>((resolve) => {
        this.#roomWanted.push(resolve);
      });
    }
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

  #tellOfRoom(): void {
    const wanted = this.#roomWanted;
    this.#roomWanted = [];
    for (const tell of wanted) tell();
  }
}
