import type { Logger } from '../../observability/logger.js';
import type { DumpFile } from './dump-file.js';

/** When the live segment is closed. */
export interface RotationLimits {
  /** Bytes. */
  readonly segmentBytes: number;
  /** Milliseconds since its first record was written; 0 is off. */
  readonly segmentAgeMs: number;
}

const TRY_AGAIN_AFTER_MS = 10_000;

/** Closes the live segment when it is large or old enough. Failing at that never fails a message: it is tried again later. */
export class Rotation {
  readonly #limits: RotationLimits;
  readonly #pathsOf: (first: number) => readonly string[];
  readonly #clock: () => Date;
  readonly #logger: Logger;
  #notBefore = Number.NEGATIVE_INFINITY;

  /** @param pathsOf - where a closed segment is to be, by the number of its first record; then where no file may be */
  constructor(
    limits: RotationLimits,
    pathsOf: (first: number) => readonly string[],
    clock: () => Date,
    logger: Logger,
  ) {
    this.#limits = limits;
    this.#pathsOf = pathsOf;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Rotates under the lock, between two commits, if it is time. @throws AppError `dump.…` when no file is left to write to */
  async rotateIfDue(file: DumpFile): Promise<void> {
    if (!this.#isDue(file) || performance.now() < this.#notBefore) return;
    try {
      await file.rotate(this.#pathsOf);
    } catch (error) {
      this.#notBefore = performance.now() + TRY_AGAIN_AFTER_MS;
      this.#logger.error({ err: error }, 'The segment could not be closed; it grows on.');
      if (file.isSuspect) await file.reconcile();
    }
  }

  #isDue({ end, firstAt }: DumpFile): boolean {
    if (firstAt === undefined) return false;
    const { segmentBytes, segmentAgeMs } = this.#limits;
    if (end >= segmentBytes) return true;
    return segmentAgeMs > 0 && this.#clock().getTime() - firstAt >= segmentAgeMs;
  }
}
