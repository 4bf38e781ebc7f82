import { FollowedFile, type FileStanding, isSameFile } from './followed-file.js';
import { fileNamed, filesAfter } from './rotated-files.js';

/** How many files are held open that are still to be taken. */
const MAX_HELD = 256;

/**
 * The files that came after the one that is read, the oldest first. They are held open, so that no rotation takes them away
 * before they are read.
 */
export class Successors {
  readonly #path: string;
  #held: FollowedFile[] = [];
  // More came than are held: what comes next is found by its name, where it is still there.
  #isOutrun = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** Whether there is a file after the one that is read. */
  get isAny(): boolean {
    return this.#held.length > 0 || this.#isOutrun;
  }

  /** Takes hold of the file that has the name now, where it is another one than the last one known; `read` is what is read. */
  async notice(read: FollowedFile): Promise<void> {
    const last = this.#held.at(-1) ?? read;
    if (this.#isOutrun) return;
    const named = await fileNamed(this.#path);
    if (named === undefined || isSameFile(named, last.identity)) return;
    this.#isOutrun = this.#held.length >= MAX_HELD;
    const file = this.#isOutrun ? undefined : await FollowedFile.open(this.#path);
    if (file === undefined) return;
    // Another look may have been faster.
    const isNew = (this.#held.at(-1) ?? read) === last && !isSameFile(file.identity, last.identity);
    if (isNew) this.#held.push(file);
    else await file[Symbol.asyncDispose]();
  }

  /** Takes hold of all that came after a file, as far as it is still there. */
  async holdAllAfter(old: FileStanding): Promise<void> {
    const found = await filesAfter(this.#path, old);
    const files = await Promise.all(found.slice(0, MAX_HELD).map(({ path }) => FollowedFile.open(path)));
    this.#held.push(...files.filter((file) => file !== undefined));
    this.#isOutrun = found.length > MAX_HELD;
  }

  /** The next file; undefined where there is none. It stays the first one until `drop` is called. */
  async first(old: FileStanding): Promise<FollowedFile | undefined> {
    if (this.#held.length === 0 && this.#isOutrun) await this.holdAllAfter(old);
    return this.#held[0];
  }

  /** Leaves the first one to whoever reads it now. */
  drop(): void {
    this.#held.shift();
  }

  /** Lets go of all. */
  async close(): Promise<void> {
    for (const file of this.#held.splice(0)) await file[Symbol.asyncDispose]();
    this.#isOutrun = false;
  }
}
