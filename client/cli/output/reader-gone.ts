import type { Writable } from 'node:stream';

/** Aborts its signal when nobody reads a stream any more. Dispose of it to stop looking. */
export function readerGone(stream: Writable): Disposable & { readonly signal: AbortSignal } {
  const gone = new AbortController();
  const onGone = (): void => {
    gone.abort();
  };
  stream.on('error', onGone).on('close', onGone);
  return {
    signal: gone.signal,
    [Symbol.dispose]: () => {
      stream.off('error', onGone).off('close', onGone);
    },
  };
}
