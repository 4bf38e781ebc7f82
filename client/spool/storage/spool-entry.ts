import type { SourcePosition } from '../format/source-position.js';

/**
 * What is added together or not at all, whatever becomes of disk and process: messages, and how far a file has been taken
 * with them. Each item is what is sent: a JSON object on one line, without TAB or LF.
 */
export interface SpoolEntry {
  readonly items: readonly string[];
  readonly source?: SourcePosition | undefined;
}

/** How much a line is longer than its messages, roughly, in bytes. */
const LINE_BYTES = 64;

/** Parts entries into groups to be added one after the other, none larger than so many bytes if it has more than one entry. */
export function* groupsOf(entries: readonly SpoolEntry[], maxBytes: number): Generator<SpoolEntry[]> {
  let group: SpoolEntry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = sizeOf([entry]);
    if (group.length > 0 && bytes + size > maxBytes) {
      yield group;
      group = [];
      bytes = 0;
    }
    group.push(entry);
    bytes += size;
  }
  if (group.length > 0) yield group;
}

/** How much room entries take on the disk, roughly, in bytes. */
export function sizeOf(entries: readonly SpoolEntry[]): number {
  return entries.reduce(
    (sum, { items }) => items.reduce((all, { length }) => all + length + 1, sum + LINE_BYTES),
    0,
  );
}
