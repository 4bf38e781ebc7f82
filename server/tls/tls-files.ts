import { readFile, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileProblem, type TlsFile } from './tls-problem.js';

/** What files are read from. */
export interface Disk {
  stat(path: string): Promise<{
    readonly dev: number;
    readonly ino: number;
    readonly size: number;
    readonly mtimeMs: number;
    readonly ctimeMs: number;
    isFile(): boolean;
  }>;
  readFile(path: string, encoding: 'utf8'): Promise<string>;
}

const WITHIN_MS = 5000;
const NOTHING_THERE: readonly unknown[] = ['ENOENT', 'ENOTDIR'];

/**
 * Reads the files of TLS, each only once at a time. A disk that does not answer is waited for so long and no longer, and asked again
 * when it has answered: each question holds one of the few threads that all files are read by.
 */
export class TlsFiles {
  readonly #disk: Disk;
  readonly #withinMs: number;
  readonly #asked = new Set<string>();

  constructor(disk: Disk = { stat, readFile }, withinMs = WITHIN_MS) {
    this.#disk = disk;
    this.#withinMs = withinMs;
  }

  /** Reads a file as text. @throws AppError `config.invalid` */
  async read(file: TlsFile): Promise<string> {
    const { path } = file;
    try {
      return await this.#ask(path, async () => {
        // A pipe would be waited for until somebody writes to it.
        if (!(await this.#disk.stat(path)).isFile()) throw failure('not a file');
        return await this.#disk.readFile(path, 'utf8');
      });
    } catch (error) {
      throw fileProblem(file, `cannot be read (${codeOf(error)})`, error);
    }
  }

  /** Whether there is something, be it readable or not. */
  async has(path: string): Promise<boolean> {
    try {
      await this.#ask(path, () => this.#disk.stat(path));
      return true;
    } catch (error) {
      return !NOTHING_THERE.includes(codeOf(error));
    }
  }

  /** What can be seen of files without reading them, of what a path leads to in the end: it is another one when they have changed. */
  async stateOf(paths: readonly string[]): Promise<string> {
    const states = [];
    for (const path of paths) states.push(await this.#stateOfFile(path));
    return states.join('\n');
  }

  async #stateOfFile(path: string): Promise<string> {
    try {
      const { dev, ino, size, mtimeMs, ctimeMs } = await this.#ask(path, () => this.#disk.stat(path));
      return [dev, ino, size, mtimeMs, ctimeMs].join(' ');
    } catch (error) {
      return codeOf(error);
    }
  }

  async #ask<Answer>(path: string, question: () => Promise<Answer>): Promise<Answer> {
    if (this.#asked.has(path)) throw failure('ETIMEDOUT');
    this.#asked.add(path);
    const answer = question().finally(() => this.#asked.delete(path));
    const over = new AbortController();
    const deadline = sleep(this.#withinMs, undefined, { signal: over.signal }).then(() => {
      throw failure('ETIMEDOUT');
    });
    try {
      return await Promise.race([answer, deadline]);
    } finally {
      over.abort();
    }
  }
}

function failure(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code });
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown error';
}
