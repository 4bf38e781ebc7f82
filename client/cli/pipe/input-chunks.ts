import type { Readable } from 'node:stream';

/** What a wait for more input came to. */
export type InputEvent =
  | { readonly kind: 'chunk'; readonly bytes: Uint8Array }
  | { readonly kind: 'end' }
  | { readonly kind: 'stopped' };

/** Reads a stream chunk by chunk, only when asked, until it ends or the reader is stopped. */
export class InputChunks {
  readonly #stream: Readable;
  readonly #chunks: AsyncIterator<Uint8Array, unknown>;
  readonly #stop: AbortSignal;

  /** @param stop ends a wait, and with it the reading. */
  constructor(stream: Readable, stop: AbortSignal) {
    this.#stream = stream;
    this.#chunks = stream[Symbol.asyncIterator]();
    this.#stop = stop;
  }

  /** Waits for a chunk. Rejects with the stream's error. */
  async next(): Promise<InputEvent> {
    if (this.#stop.aborted) return { kind: 'stopped' };
    const cleanUp = new AbortController();
    const read = this.#read();
    // Where the wait is stopped nobody hears of the read any more.
    read.catch(() => undefined);
    try {
      return await Promise.race([read, this.#stopped(cleanUp.signal)]);
    } finally {
      cleanUp.abort();
    }
  }

  /** Lets go of the stream, also while a read is under way. */
  close(): void {
    this.#stream.destroy();
  }

  async #read(): Promise<InputEvent> {
    const { done, value }: IteratorResult<Uint8Array, unknown> = await this.#chunks.next();
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
