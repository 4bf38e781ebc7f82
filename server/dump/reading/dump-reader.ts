import { open } from 'node:fs/promises';

/** A line of a dump, without its line end. */
export interface DumpLine {
  readonly text: string;
  /** Counted from 1. */
  readonly number: number;
  /** Where it begins, in bytes. */
  readonly offset: number;
  /** Whether its line end was there. */
  readonly isWhole: boolean;
  /** Whether it is valid UTF-8. */
  readonly isUtf8: boolean;
}

const CHUNK_BYTES = 256 * 1024;
const NEWLINE = 0x0a;

/**
 * The lines of a dump from its beginning up to a size in bytes, in constant memory but for the longest line.
 *
 * Only LF ends a line: Node's own line readers also end it at CR and at the Unicode separators.
 */
export async function* readLines(path: string, size: number): AsyncGenerator<DumpLine> {
  const handle = await open(path, 'r');
  try {
    let number = 0;
    let offset = 0;
    let rest: Buffer[] = [];
    for (let position = 0; position < size;) {
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, size - position));
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, position);
      if (bytesRead === 0) break;
      position += bytesRead;
      const read = chunk.subarray(0, bytesRead);
      let start = 0;
      for (let end = read.indexOf(NEWLINE); end !== -1; end = read.indexOf(NEWLINE, start)) {
        const bytes = Buffer.concat([...rest, read.subarray(start, end)]);
        rest = [];
        number += 1;
        yield lineOf(bytes, number, offset, true);
        offset += bytes.length + 1;
        start = end + 1;
      }
      rest.push(read.subarray(start));
    }
    const bytes = Buffer.concat(rest);
    if (bytes.length > 0) yield lineOf(bytes, number + 1, offset, false);
  } finally {
    await handle.close();
  }
}

function lineOf(bytes: Buffer, number: number, offset: number, isWhole: boolean): DumpLine {
  const text = bytes.toString('utf8');
  const isUtf8 = Buffer.byteLength(text) === bytes.length && Buffer.from(text).equals(bytes);
  return { text, number, offset, isWhole, isUtf8 };
}
