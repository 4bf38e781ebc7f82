import { AppError } from '../../errors/app-error.js';
import type { ReceivingBudget } from '../connections/receiving-budget.js';
import { FrameScan } from './frame-scan.js';

/** What a chunk or a fragment takes beside its bytes. */
const PART_BYTES = 256;

/** What limits messages that have begun and not ended. */
export interface UnfinishedLimits {
  /** What may be held of them in all, and of bodies. */
  readonly receiving: ReceivingBudget;
  /** For one of them to come, in milliseconds. */
  readonly withinMs: number;
}

/**
 * Watches over what comes through one WebSocket and is no whole message yet: its bytes count together with those of all others, and
 * it has to end in time, whatever frames of control come in between.
 */
export class UnfinishedMessage implements Disposable {
  readonly #limits: UnfinishedLimits;
  readonly #refuse: (reason: AppError) => void;
  readonly #frames = new FrameScan();
  #held = 0;
  /** How long the rest of the message may take, and since when that runs; undefined while nothing is read. */
  #leftMs = 0;
  #since: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isPaused = false;

  /** @param refuse - told why no more of it is to be read */
  constructor(limits: UnfinishedLimits, refuse: (reason: AppError) => void) {
    this.#limits = limits;
    this.#refuse = refuse;
  }

  /** Looks at what has been read. */
  push(chunk: Uint8Array): void {
    const { ended, frames } = this.#frames;
    const wasWithin = this.#frames.isWithin;
    this.#frames.push(chunk);
    const hasEnded = this.#frames.ended > ended;
    if (hasEnded) this.#forget();
    if (!this.#frames.isWithin) return;
    if (hasEnded || !wasWithin) {
      this.#leftMs = this.#limits.withinMs;
      this.#run();
    }
    this.#hold(chunk.length + (1 + this.#frames.frames - frames) * PART_BYTES);
  }

  /** Nothing is read for a while: that is not the client's time. */
  pause(): void {
    this.#isPaused = true;
    clearTimeout(this.#timer);
    if (this.#since !== undefined) this.#leftMs -= performance.now() - this.#since;
    this.#since = undefined;
  }

  /** It is read again. */
  resume(): void {
    this.#isPaused = false;
    if (this.#frames.isWithin) this.#run();
  }

  /** Gives back what is held. */
  [Symbol.dispose](): void {
    this.#forget();
  }

  #hold(bytes: number): void {
    if (this.#limits.receiving.take(bytes)) this.#held += bytes;
    else this.#refuse(new AppError('request.busy'));
  }

  #run(): void {
    if (this.#isPaused) return;
    clearTimeout(this.#timer);
    this.#since = performance.now();
    this.#timer = setTimeout(
      () => {
        this.#refuse(new AppError('request.timed_out'));
      },
      Math.max(0, this.#leftMs),
    );
  }

  #forget(): void {
    clearTimeout(this.#timer);
    this.#since = undefined;
    this.#limits.receiving.release(this.#held);
    this.#held = 0;
  }
}
