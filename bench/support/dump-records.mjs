// Counts what a dump holds, at the speed of the disk: a record is a line. `gatherd verify` looks closer, and slower.
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const LINE_FEED = 0x0a;
const READ_BYTES = 4 * 2 ** 20;
const SEGMENT = /^dump(?:-\d{16})?\.ndjson$/;

/** How many records all segments in a data directory hold, and how many bytes. */
export async function countRecords(dataDir) {
  const total = { records: 0, bytes: 0 };
  for (const name of await readdir(dataDir)) {
    if (!SEGMENT.test(name)) continue;
    const { records, bytes } = await countLines(join(dataDir, name));
    total.records += records;
    total.bytes += bytes;
  }
  return total;
}

async function countLines(path) {
  const file = await open(path);
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  let [records, bytes] = [0, 0];
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, READ_BYTES);
      if (bytesRead === 0) return { records, bytes };
      bytes += bytesRead;
      records += lineEnds(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}

/** How many line ends these bytes hold. */
export function lineEnds(bytes) {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) count += 1;
  return count;
}
