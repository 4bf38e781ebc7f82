import type { SpoolFile, SpoolFiles } from './spool-files.js';

/** What a fake disk throws at the step where the power goes. */
class PowerCut extends Error {}

interface FakeContent {
  bytes: Buffer;
  /** How many of the bytes are on the disk for certain. */
  synced: number;
  isNameSynced: boolean;
}

/**
 * A directory in memory that loses power at a chosen step. What was not synced is then gone, or there in part: the
 * `keep` given to `restart` says how much of each file.
 */
export class FakeSpoolFiles implements SpoolFiles {
  readonly #contents = new Map<string, FakeContent>();
  #stepsLeft = Number.POSITIVE_INFINITY;

  /** The power goes after so many more steps that change the disk. */
  cutPowerAfter(steps: number): void {
    this.#stepsLeft = steps;
  }

  /** Power is back. @param keep - from 0 to 1, how much of what was not synced is there */
  restart(keep: () => number): void {
    this.#stepsLeft = Number.POSITIVE_INFINITY;
    for (const [name, content] of this.#contents) {
      const unsynced = content.bytes.length - content.synced;
      content.bytes = content.bytes.subarray(0, content.synced + Math.round(unsynced * keep()));
      content.synced = content.bytes.length;
      if (!content.isNameSynced && keep() < 0.5) this.#contents.delete(name);
      content.isNameSynced = true;
    }
  }

  /** The bytes of a file as they are now, to be changed. */
  bytesOf(name: string): Buffer {
    return this.#contents.get(name)?.bytes ?? Buffer.alloc(0);
  }

  list(): Promise<string[]> {
    return Promise.resolve([...this.#contents.keys()]);
  }

  size(name: string): Promise<number> {
    return Promise.resolve(this.bytesOf(name).length);
  }

  async open(name: string, { isMade }: { isMade: boolean }): Promise<SpoolFile | undefined> {
    let content = this.#contents.get(name);
    if (content === undefined) {
      if (!isMade) return undefined;
      await this.#step();
      // Somebody else may have made it in that turn.
      content = this.#contents.get(name) ?? { bytes: Buffer.alloc(0), synced: 0, isNameSynced: false };
      this.#contents.set(name, content);
    }
    return this.#fileOf(content);
  }

  async create(name: string, bytes: Uint8Array): Promise<boolean> {
    await this.#step();
    if (this.#contents.has(name)) return false;
    this.#contents.set(name, { bytes: Buffer.from(bytes), synced: bytes.length, isNameSynced: false });
    await this.syncNames();
    return true;
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#step();
    const content = this.#contents.get(from);
    if (content === undefined) throw new Error(`there is no ${from}`);
    this.#contents.delete(from);
    this.#contents.set(to, content);
  }

  async remove(name: string): Promise<void> {
    await this.#step();
    this.#contents.delete(name);
  }

  async syncNames(): Promise<void> {
    await this.#step();
    for (const content of this.#contents.values()) content.isNameSynced = true;
  }

  // Each step is a turn of its own, so that others come between.
  async #step(): Promise<void> {
    await Promise.resolve();
    if (this.#stepsLeft <= 0) throw new PowerCut('the power is gone');
    this.#stepsLeft -= 1;
  }

  #fileOf(content: FakeContent): SpoolFile {
    return {
      read: (offset, length) => Promise.resolve(Buffer.from(content.bytes.subarray(offset, offset + length))),
      append: async (bytes) => {
        const isCut = this.#stepsLeft === 0;
        if (isCut) content.bytes = Buffer.concat([content.bytes, bytes.subarray(0, bytes.length >> 1)]);
        await this.#step();
        content.bytes = Buffer.concat([content.bytes, bytes]);
      },
      sync: async () => {
        const reached = content.bytes.length;
        await this.#step();
        content.synced = Math.max(content.synced, reached);
      },
      close: () => Promise.resolve(),
    };
  }
}
