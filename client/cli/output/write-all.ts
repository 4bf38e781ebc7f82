import type { Writable } from 'node:stream';

/** Writes a text and waits until there is room for more; does not wait for a stream whose reader has gone. */
export function writeAll(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.write(text)) {
      resolve();
      return;
    }
    const settle = (): void => {
      stream.off('drain', settle).off('close', settle).off('error', settle);
      resolve();
    };
    stream.on('drain', settle).on('close', settle).on('error', settle);
  });
}
