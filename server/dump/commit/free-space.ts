import { AppError } from '../../errors/app-error.js';
import type { DumpFileSystem } from '../file-system.js';

const LOOK_EVERY_MS = 250;

/** Watches how much of the disk is free, so that senders are told to wait before it is full. */
export class FreeSpace {
  readonly #path: string;
  readonly #reserve: number;
  readonly #fileSystem: DumpFileSystem;
  #free = Number.POSITIVE_INFINITY;
  #lookedAt = Number.NEGATIVE_INFINITY;

  /**
   * @param path - of a file on the disk
   * @param reserve - bytes that are left free; 0 is off
   */
  constructor(path: string, reserve: number, fileSystem: DumpFileSystem) {
    this.#path = path;
    this.#reserve = reserve;
    this.#fileSystem = fileSystem;
  }

  /**
   * Takes so many bytes of what is free. Looks again when the last look is some time ago, or might be wrong by now.
   *
   * @throws AppError `dump.low_space` when they would be taken of the reserve
   */
  async take(bytes: number): Promise<void> {
    if (this.#reserve === 0) return;
    const isOld = performance.now() - this.#lookedAt > LOOK_EVERY_MS;
    if (isOld || this.#free - bytes < this.#reserve) await this.#look();
    this.#free -= bytes;
    if (this.#free < this.#reserve)
      throw new AppError('dump.low_space', { details: { limit: this.#reserve } });
  }

  // Where it cannot be told, the disk itself will say when it is full.
  async #look(): Promise<void> {
    this.#free = await this.#fileSystem.freeBytes(this.#path).catch(() => Number.POSITIVE_INFINITY);
    this.#lookedAt = performance.now();
  }
}
