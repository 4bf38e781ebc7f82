// Counts what a dump holds, at the speed of the disk: a record is a line. `gatherd verify` looks closer, and slower.
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const LINE_FEED = 0x0a;
const READ_BYTES = 4 * 2 ** 20;
const SEGMENT = /^dump(?:-\d{16})?\.ndjson$/;

/** How many records all segments in a data directory hold. */
export async function countRecords(dataDir) {
  let records = 0;
  for (const path of await segmentsIn(dataDir)) records += await countLines(path);
  return records;
}

/** How many bytes they take. */
export async function dumpBytes(dataDir) {
  let bytes = 0;
  for (const path of await segmentsIn(dataDir)) bytes += (await stat(path)).size;
  return bytes;
}

async function segmentsIn(dataDir) {
  const names = await readdir(dataDir);
  return names.filter((name) => SEGMENT.test(name)).map((name) => join(dataDir, name));
}

async function countLines(path) {
  const file = await open(path);
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  let records = 0;
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, READ_BYTES);
      if (bytesRead === 0) return records;
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
