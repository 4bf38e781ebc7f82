import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { KnownSegment } from '../sealing/manifest.js';
import type { ManifestEntry } from '../sealing/manifest-entry.js';
import { readManifest, type ManifestLine } from '../sealing/manifest-reader.js';
import { manifestPath } from '../segments/segment-names.js';
import type { ProblemList } from './verify-lines.js';

interface NumberRange {
  readonly first: number;
  readonly last: number;
}

/** What the manifest of a dump says, as far as its lines are sound. */
export class ManifestView {
  readonly segments = new Map<string, KnownSegment>();
  readonly #absent: NumberRange[] = [];

  take(entry: ManifestEntry): void {
    if (entry.event === 'closed') {
      const { producers: _, ...sealed } = entry;
      this.segments.set(entry.segment, { sealed, isRemoved: false });
      return;
    }
    this.excuse(entry);
    if (entry.event === 'moved') return;
    const known = this.segments.get(entry.segment);
    if (known !== undefined) this.segments.set(entry.segment, { ...known, isRemoved: true });
  }

  /** Numbers that need not be there: removed, moved away, or missed already. */
  excuse({ first, last }: NumberRange): void {
    if (first > 0) this.#absent.push({ first, last });
  }

  /** How many numbers between two have no excuse. */
  missingBetween(before: number, after: number): number {
    let missing = 0;
    let next = before + 1;
    const ranges = this.#absent.filter(({ first, last }) => last >= next && first < after);
    for (const { first, last } of ranges.sort((one, other) => one.first - other.first)) {
      if (first > next) missing += first - next;
      next = Math.max(next, last + 1);
    }
    return missing + Math.max(0, after - next);
  }
}

/**
 * Reads the manifest of a dump and checks each line and its place. A torn last line is none of the problems: it is being
 * written, or is mended at the next start.
 *
 * @throws Node's error where it is there and cannot be read
 */
export async function viewManifest(dumpPath: string, problems?: ProblemList): Promise<ManifestView> {
  const view = new ManifestView();
  const path = manifestPath(dumpPath);
  const size = await stat(path).then(
    (stats) => stats.size,
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
      throw error;
    },
  );
  if (size === 0) return view;
  for await (const line of readManifest(path, size)) {
    const reason = flawOf(line);
    if (reason !== undefined) {
      problems?.add({ file: basename(path), line: line.number, offset: line.offset, reason });
    }
    if (line.entry !== undefined) view.take(line.entry);
  }
  return view;
}

function flawOf({ entry, isChained, isTorn }: ManifestLine): string | undefined {
  if (isTorn) return undefined;
  if (entry === undefined) return 'is not as it was written';
  return isChained
    ? undefined
    : 'does not follow the line before it: lines were removed, changed or reordered';
}
