import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { loadCheckpoint } from '../segments/checkpoint.js';
import { loadIndexFile } from '../segments/segment-index.js';
import { checkpointPath, indexPath } from '../segments/segment-names.js';
import type { ProblemList } from './verify-lines.js';

/**
 * Checks the index of a closed segment, if it has one.
 *
 * @param bytes - of the segment, unpacked
 * @param packedSha256 - of the packed file, where that was read
 */
export async function checkIndex(
  dumpPath: string,
  name: string,
  bytes: number,
  packedSha256: string | undefined,
  problems: ProblemList,
): Promise<void> {
  const path = indexPath(dumpPath, name);
  const file = basename(path);
  const index = await twice(() => loadIndexFile(dumpPath, name));
  if (index === undefined) {
    if (await isThere(path)) problems.add({ file, reason: 'is damaged; it is made anew at the next start' });
    return;
  }
  const isOfSegment = index.segment === name && index.bytes === bytes;
  const isOfPacked = packedSha256 === undefined || index.packed?.sha256 === packedSha256;
  if (!isOfSegment || !isOfPacked) problems.add({ file, reason: 'does not fit its segment' });
}

/** Checks the checkpoint of a dump, if it has one. */
export async function checkCheckpoint(dumpPath: string, problems: ProblemList): Promise<void> {
  const path = checkpointPath(dumpPath);
  if ((await twice(() => loadCheckpoint(dumpPath))) !== undefined || !(await isThere(path))) return;
  problems.add({ file: basename(path), reason: 'is damaged; the next start does without it' });
}

// The first one may be just before it is put there.
async function twice<Result>(load: () => Promise<Result | undefined>): Promise<Result | undefined> {
  return (await load()) ?? (await load());
}

/** Whether there is a file. */
export async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
