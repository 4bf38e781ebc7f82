import type { Readable } from 'node:stream';

/** What a wait for more input came to. */
export type InputEvent =
  | { readonly kind: 'chunk'; readonly bytes: Uint8Array }
  | { readonly kind: 'end' }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'stopped' };

/** Reads a stream chunk by chunk, only when asked, with waits that can run out without losing what comes next. */
export class TimedChunks {
  readonly #stream: Readable;
  readonly #chunks: AsyncIterator<Uint8Array, unknown>;
  readonly #stop: AbortSignal;
  #next: Promise<InputEvent> | undefined;

  /** @param stop ends a wait, and with it the reading. */
  constructor(stream: Readable, stop: AbortSignal) {
    this.#stream = stream;
    this.#chunks = stream[Symbol.asyncIterator]();
    this.#stop = stop;
  }

  /** Waits for a chunk, at most `timeoutMs` where that is given. Rejects with the stream's error. */
  async next(timeoutMs?: number): Promise<InputEvent> {
    if (this.#stop.aborted) return { kind: 'stopped' };
    this.#next ??= this.#read();
    const cleanUp = new AbortController();
    try {
      return await Promise.race([
        this.#next,
        this.#stopped(cleanUp.signal),
        timeout(timeoutMs, cleanUp.signal),
      ]);
    } finally {
      cleanUp.abort();
    }
  }

  /** Lets go of the stream, also while a read is under way. */
  close(): void {
    this.#stream.destroy();
    // Destroying the stream makes the read that is under way fail, which is what was asked for.
    this.#next?.catch(() => undefined);
  }

  async #read(): Promise<InputEvent> {
    const { done, value }: IteratorResult<Uint8Array, unknown> = await this.#chunks.next();
    this.#next = undefined;
    return done === true ? { kind: 'end' } : { kind: 'chunk', bytes: value };
  }

  #stopped(cleanUp: AbortSignal): Promise<InputEvent> {
    return new Promise((resolve) => {
      const settle = (): void => {
        resolve({ kind: 'stopped' });
      };
      this.#stop.addEventListener('abort', settle, { once: true, signal: cleanUp });
    });
  }
}

function timeout(timeoutMs: number | undefined, cleanUp: AbortSignal): Promise<InputEvent> {
  return new Promise((resolve) => {
    if (timeoutMs === undefined) return;
    const timer = setTimeout(() => {
      resolve({ kind: 'timeout' });
    }, timeoutMs);
    cleanUp.addEventListener('abort', () => {
      clearTimeout(timer);
    });
  });
}
