import { open, stat, type FileHandle } from 'node:fs/promises';
import { readLastSeq } from '../commit/last-seq.js';
import { loadCheckpoint } from '../segments/checkpoint.js';
import { listClosedSegments, type ClosedSegment } from '../segments/segment-names.js';

/** The files of a dump at one moment; disposing of it closes the live one. */
export interface DumpSnapshot extends AsyncDisposable {
  /** In order. */
  readonly segments: readonly ClosedSegment[];
  /** The live file, held open: it may be closed, renamed and packed while it is verified. */
  readonly live: FileHandle | undefined;
  /** How far the live file goes, in bytes. */
  readonly liveBytes: number;
  /** The highest number that is known to have been given, from beside the dump; 0 where nothing is. */
  readonly given: number;
}

/**
 * Looks which files there are. Best called under the dump's lock, and quick, so that the server need not wait.
 *
 * @throws Node's error where there is no dump at all (`ENOENT`) or it cannot be read
 */
export async function takeSnapshot(dumpPath: string): Promise<DumpSnapshot> {
  // First: what is given is in the files already.
  const checkpoint = await loadCheckpoint(dumpPath);
  const given = Math.max(checkpoint?.seq ?? 0, await readLastSeq(dumpPath));
  const live = await openIfThere(dumpPath);
  try {
    const segments = await listClosedSegments(dumpPath);
    if (live === undefined && segments.length === 0) await stat(dumpPath);
    const isClosedMeanwhile = live !== undefined && (await isAmong(live, segments));
    return {
      segments,
      given,
      live: isClosedMeanwhile ? undefined : live,
      liveBytes: (await live?.stat())?.size ?? 0,
      [Symbol.asyncDispose]: async () => live?.close(),
    };
  } catch (error) {
    await live?.close();
    throw error;
  }
}

// Without the lock it may be renamed between the two looks.
async function isAmong(live: FileHandle, segments: readonly ClosedSegment[]): Promise<boolean> {
  const newest = segments.at(-1);
  const closed = newest === undefined ? undefined : await stat(newest.path).catch(() => undefined);
  return closed?.ino === (await live.stat()).ino;
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
