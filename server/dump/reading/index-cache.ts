import type { ReadableBlock } from './readable-dump.js';

type Blocks = readonly ReadableBlock[];

interface Entry {
  readonly loading: Promise<Blocks>;
  /** How many blocks; 0 until it is loaded. */
  weight: number;
}

/** Keeps the indexes that were used last, by the paths of their segments. Each is loaded once, whoever asks for it. */
export class IndexCache {
  readonly #maxBlocks: number;
  // In the order of their last use.
  readonly #entries = new Map<string, Entry>();
  #blocks = 0;

  /** @param maxBlocks - how many blocks are kept over all indexes */
  constructor(maxBlocks: number) {
    this.#maxBlocks = maxBlocks;
  }

  /** The index of a segment, as it is kept or as `load` has it. Throws what `load` throws, and then keeps nothing. */
  async get(path: string, load: () => Promise<Blocks>): Promise<Blocks> {
    const known = this.#entries.get(path);
    if (known !== undefined) {
      this.#entries.delete(path);
      this.#entries.set(path, known);
      return known.loading;
    }
    const entry: Entry = { loading: load(), weight: 0 };
    this.#entries.set(path, entry);
    try {
      const blocks = await entry.loading;
      this.#weigh(path, entry, blocks.length);
      return blocks;
    } catch (error) {
      this.#drop(path, entry);
      throw error;
    }
  }

  #weigh(path: string, entry: Entry, blocks: number): void {
    if (this.#entries.get(path) !== entry) return;
    entry.weight = blocks;
    this.#blocks += blocks;
    for (const [oldPath, old] of this.#entries) {
      if (this.#blocks <= this.#maxBlocks) return;
      if (old.weight > 0) this.#drop(oldPath, old);
    }
  }

  #drop(path: string, entry: Entry): void {
    if (this.#entries.get(path) !== entry) return;
    this.#entries.delete(path);
    this.#blocks -= entry.weight;
  }
}
