import { createHash } from 'node:crypto';
import { mkdir, readdir, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { userNameKey } from '../../../protocol/user-name.js';
import type { TokenOwner } from '../settings/config-store.js';

export interface ProducerLeaseOptions {
  /** Where gather remembers. */
  readonly directory: string;
  readonly owner: TokenOwner;
  /** The name of this machine: a copy of the directory on another one must not send with the same numbers. */
  readonly hostName: string;
  readonly newId: () => string;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The numbered stream that a run sends with, for itself alone. A server remembers each for months and not too many of
 * them, so runs take turns with a few: one that is free is an empty file, and whoever removes it has it. A run that is
 * killed keeps its own for ever, which nobody minds.
 */
export class ProducerLease {
  readonly id: string;
  /** Whether it has never been used: its numbers begin at 1. */
  readonly isNew: boolean;
  readonly #directory: string;

  private constructor(directory: string, id: string, isNew: boolean) {
    this.#directory = directory;
    this.id = id;
    this.isNew = isNew;
  }

  /** Takes one that is free, or a new one. */
  static async take({ directory, owner, hostName, newId }: ProducerLeaseOptions): Promise<ProducerLease> {
    const key = JSON.stringify([owner.server, userNameKey(owner.user), hostName]);
    const name = createHash('sha256').update(key).digest('hex').slice(0, 32);
    const free = join(directory, 'producers', name);
    for (const id of await idsIn(free)) {
      if (await isRemoved(join(free, id))) return new ProducerLease(free, id, false);
    }
    return new ProducerLease(free, newId(), true);
  }

  /** Lets the next run have it: only where it is known what the server has stored of it, and nothing is on its way. */
  async giveBack(): Promise<void> {
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      await writeFile(join(this.#directory, this.id), '', { flag: 'wx', mode: 0o600 });
    } catch {
      // A read-only home: the next run takes a new one.
    }
  }
}

async function idsIn(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).filter((name) => UUID.test(name));
  } catch {
    return [];
  }
}

async function isRemoved(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch {
    return false;
  }
}
