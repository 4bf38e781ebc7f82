import type { CutLine } from './line-cutter.js';

/** Lines that go into the spool together, and how far the file is taken with them. */
export interface LineEntry {
  readonly texts: readonly string[];
  /** The offset after the last of them, in bytes. */
  readonly end: number;
}

/** What a damaged byte in the spool can cost, in bytes. */
const ENTRY_BYTES = 16 * 1024;

/** Puts lines together: enough for the checkpoint to weigh little, and few enough for damage to cost little. */
export function entriesOf(lines: readonly CutLine[]): LineEntry[] {
  const entries: LineEntry[] = [];
  let texts: string[] = [];
  let size = 0;
  for (const [index, line] of lines.entries()) {
    if (line.kind === 'text') {
      texts.push(line.text);
      size += line.text.length;
    }
    if (size < ENTRY_BYTES && index < lines.length - 1) continue;
    entries.push({ texts, end: line.end });
    texts = [];
    size = 0;
  }
  return entries;
}
