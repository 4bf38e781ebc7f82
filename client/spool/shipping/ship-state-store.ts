import { STATE_PREFIX, stateName, statesIn } from '../format/file-names.js';
import type { SpoolFiles } from '../storage/spool-files.js';
import { decodeShipState, encodeShipState, newShipState, type ShipState } from './ship-state.js';

/** A state, and the highest version that there was when it was read. */
export interface VersionedState {
  readonly version: number;
  readonly state: ShipState;
  /**
   * Whether that version is damaged, and the state an older one: what has been sent since is not known, so neither are the
   * numbers that are used up.
   */
  readonly isStale: boolean;
}

// Whoever lists the directory while versions come and go still sees one that is no older than these.
const KEPT_VERSIONS = 3;
const MAX_STATE_BYTES = 64 * 1024;

/**
 * The state of shipping, as a chain of files. A version is made once, by whoever is first, and acted upon only by whoever
 * finds it to be the highest after it is durable. So of two processes that go on from the same state one fails and reads
 * again: whatever was claimed is known to all who claim after it, without a lock.
 */
export class ShipStateStore {
  readonly #files: SpoolFiles;
  readonly #newId: () => string;

  /** @param newId - makes a UUID */
  constructor(files: SpoolFiles, newId: () => string) {
    this.#files = files;
    this.#newId = newId;
  }

  /** The newest state that is whole; a new spool's where there is none. */
  async read(): Promise<VersionedState> {
    for (;;) {
      const files = statesIn(await this.#files.list());
      const version = files.at(-1)?.number ?? 0;
      for (const { name } of files.toReversed()) {
        const state = await this.#load(name);
        if (state !== undefined) return { version, state, isStale: name !== stateName(version) };
      }
      // Unless whatever was listed has been replaced meanwhile.
      if ((await this.#highest()) === version)
        return { version, state: newShipState(this.#newId()), isStale: version > 0 };
    }
  }

  /** Makes `state` the one that follows `seen`. False where another process has been faster: then nothing was changed. */
  async replace(seen: VersionedState, state: ShipState): Promise<boolean> {
    const version = seen.version + 1;
    const name = stateName(version);
    if (!(await this.#files.create(name, encodeShipState(state)))) return false;
    const names = await this.#files.list();
    if (statesIn(names).at(-1)?.number !== version) return false;
    await this.#removeOld(names, version);
    return true;
  }

  async #removeOld(names: readonly string[], version: number): Promise<void> {
    const oldest = stateName(Math.max(0, version + 1 - KEPT_VERSIONS));
    const isOld = (name: string): boolean => name.startsWith(STATE_PREFIX) && name < oldest;
    for (const old of names.filter(isOld)) await this.#files.remove(old);
  }

  async #highest(): Promise<number> {
    return statesIn(await this.#files.list()).at(-1)?.number ?? 0;
  }

  async #load(name: string): Promise<ShipState | undefined> {
    const file = await this.#files.open(name, { isMade: false });
    try {
      return decodeShipState((await file?.read(0, MAX_STATE_BYTES)) ?? Buffer.alloc(0));
    } finally {
      await file?.close();
    }
  }
}
