import { PassThrough, type Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { TerminalInput } from '../cli-io.js';

/** A terminal's keys, one by one. */
export interface SingleKeys extends Disposable {
  readonly stream: Readable;
}

/**
 * The keys of a terminal one by one, however many come at once: Node's readline puts what is pasted into the middle of a line at
 * its end, as it takes a chunk of several keys for typed there. Dispose of it to let go of the terminal.
 */
export function singleKeys(input: TerminalInput): SingleKeys {
  const decoder = new StringDecoder('utf8');
  const stream = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (isRaw: boolean) => input.setRawMode?.(isRaw),
  });
  const onData = (chunk: Buffer): void => {
    for (const key of decoder.write(chunk)) stream.write(key);
  };
  const onEnd = (): void => {
    stream.end();
  };
  input.on('data', onData).on('end', onEnd).on('error', onEnd);
  return {
    stream,
    [Symbol.dispose]: () => {
      input.off('data', onData).off('end', onEnd).off('error', onEnd);
      input.pause();
      stream.destroy();
    },
  };
}
