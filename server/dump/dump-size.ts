import { stat } from 'node:fs/promises';
import { listClosedSegments } from './segments/segment-names.js';

/** How much of a dump there is now. */
export interface DumpSize {
  /** The live one included. */
  readonly segments: number;
  /** On the disk: a packed segment counts as it is. */
  readonly bytes: number;
}

/** Looks how large a dump is: its closed segments and its live file. @param dumpPath - the live file */
export async function measureDump(dumpPath: string): Promise<DumpSize> {
  const paths = [dumpPath, ...(await listClosedSegments(dumpPath)).map(({ path }) => path)];
  const sizes = await Promise.all(paths.map(sizeOf));
  return { segments: paths.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

// One that is closed, packed or deleted just now is at another place, and counts next time.
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return 0;
  }
}
