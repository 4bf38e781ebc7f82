import { open, type FileHandle } from 'node:fs/promises';
import type { RecordFormat } from '../format/record-format.js';
import type { ReadableBlock } from './readable-dump.js';

const BLOCK_BYTES = 1024 * 1024;
const LOOK_BYTES = 8 * 1024;
const NEWLINE = 0x0a;

/** Where a record begins in a file. */
interface Cut {
  readonly offset: number;
  readonly seq: number;
}

/**
 * The blocks of a file that has no index, quickly: one line is looked at for each MiB. So nothing is known of a block's
 * times, and it is read for any.
 *
 * @throws Node's error where it cannot be read
 */
export async function cutBlocks(path: string, format: RecordFormat): Promise<readonly ReadableBlock[]> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const cuts: Cut[] = [];
    let cut = await firstRecord(handle, 0, size, format);
    while (cut !== undefined) {
      cuts.push(cut);
      const start = await nextLine(handle, cut.offset + BLOCK_BYTES - 1, size);
      cut = start === undefined ? undefined : await firstRecord(handle, start, size, format);
    }
    return cuts.map((each, index) => blockBetween(each, cuts[index + 1], size));
  } finally {
    await handle.close();
  }
}

function blockBetween({ offset, seq }: Cut, next: Cut | undefined, size: number): ReadableBlock {
  return {
    offset,
    bytes: (next?.offset ?? size) - offset,
    first: seq,
    // Numbers do not go on only in a damaged dump.
    last: next === undefined ? Number.MAX_SAFE_INTEGER : Math.max(seq, next.seq - 1),
    minAt: -Infinity,
    maxAt: Infinity,
  };
}

/** The first record in the whole lines from a line's start on. */
async function firstRecord(
  handle: FileHandle,
  from: number,
  size: number,
  format: RecordFormat,
): Promise<Cut | undefined> {
  let offset = from;
  let next = await nextLine(handle, offset, size);
  while (next !== undefined) {
    const line = Buffer.alloc(next - 1 - offset);
    await handle.read(line, 0, line.length, offset);
    const record = format.decode(line.toString('utf8'));
    if (record !== undefined) return { offset, seq: record.seq };
    offset = next;
    next = await nextLine(handle, offset, size);
  }
  return undefined;
}

/** Where the line behind the next line end begins; undefined where there is no line end. */
async function nextLine(handle: FileHandle, from: number, size: number): Promise<number | undefined> {
  const buffer = Buffer.alloc(LOOK_BYTES);
  for (let position = from; position < size;) {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, size - position), position);
    if (bytesRead === 0) return undefined;
    const index = buffer.subarray(0, bytesRead).indexOf(NEWLINE);
    if (index !== -1) return position + index + 1;
    position += bytesRead;
  }
  return undefined;
}
