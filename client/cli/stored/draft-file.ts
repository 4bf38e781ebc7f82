import { rmSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { CliError } from '../cli-error.js';

/**
 * A file that comes about as a whole: it is written beside its place and gets its name when it is complete. What is not complete is
 * removed, also where the process ends before, and where its terminal hangs up.
 */
export class DraftFile implements AsyncDisposable {
  readonly #path: string;
  readonly #draft: string;
  readonly #handle: FileHandle;
  #isOpen = true;
  #isPublished = false;

  private constructor(path: string, draft: string, handle: FileHandle) {
    this.#path = path;
    this.#draft = draft;
    this.#handle = handle;
    process.on('exit', this.#remove);
    process.on('SIGHUP', this.#hangUp);
  }

  /**
   * Begins a file. Rejects with exit code 1 where it cannot be made.
   *
   * @param id - makes the draft's name unique
   * @param mode - who may read it, before the umask
   */
  static async create(path: string, id: string, mode = 0o666): Promise<DraftFile> {
    const draft = `${path}.${id}.part`;
    try {
      return new DraftFile(path, draft, await open(draft, 'wx', mode));
    } catch (error) {
      throw unwritable(path, error);
    }
  }

  /** Adds a text at the end. Rejects with exit code 1 where that fails. */
  async write(text: string): Promise<void> {
    try {
      await this.#handle.writeFile(text);
    } catch (error) {
      throw unwritable(this.#path, error);
    }
  }

  /** Puts the file in its place, over one that is there. Rejects with exit code 1 where that fails. */
  async publish(): Promise<void> {
    try {
      await this.#handle.sync();
      await this.#close();
      await rename(this.#draft, this.#path);
      this.#isPublished = true;
      this.#forget();
    } catch (error) {
      throw unwritable(this.#path, error);
    }
  }

  /** Removes what was not published. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
    if (!this.#isPublished) await rm(this.#draft, { force: true });
    this.#forget();
  }

  readonly #remove = (): void => {
    rmSync(this.#draft, { force: true });
  };

  // Then as if nobody had listened: whoever has sent it means the process.
  readonly #hangUp = (): void => {
    this.#remove();
    this.#forget();
    process.kill(process.pid, 'SIGHUP');
  };

  #forget(): void {
    process.off('exit', this.#remove);
    process.off('SIGHUP', this.#hangUp);
  }

  async #close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#handle.close();
  }
}

function unwritable(path: string, cause: unknown): CliError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CliError('failed', 'internal', `${path} cannot be written: ${reason}`, { cause });
}
