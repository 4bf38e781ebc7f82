import type { SourcePosition } from './source-position.js';
import { decodeLine, type RecordLine } from './spool-line.js';

const LF = 0x0a;

/**
 * Reads a segment from its first byte on, as it grows, and decides what of it counts. Any number of processes may append
 * to a segment, each group of lines in one write and none with a lock; so the same bytes must mean the same to all:
 *
 * - A group counts where it begins above the last position before it. Of two writers that chose the same position at
 *   once, the one whose bytes come first has it; the other sees that its own do not count, and writes them again.
 * - Nothing counts after a seal.
 * - A line that is damaged or torn counts for nothing, and ends at the next LF. Positions show what is missing.
 */
export class SegmentScan {
  /** The last position that counts; the one before the segment's first where there is none yet. */
  last: number;
  isSealed = false;
  hasHeader = false;
  /** How many positions no whole line has, of those in front of the last one. */
  missing = 0;
  /** How many lines were not whole: damaged, or torn before anything of them was acknowledged. */
  damagedLines = 0;
  /** How far each followed file is, by its path. */
  readonly sources = new Map<string, SourcePosition>();
  /** How many bytes were read. */
  offset = 0;
  #rest = Buffer.alloc(0);
  #group = '';
  #doesGroupCount = false;

  /** @param first - the position in the segment's name */
  constructor(first: number) {
    this.last = first - 1;
  }

  /** Whether the bytes so far end inside a line. */
  get isTorn(): boolean {
    return this.#rest.length > 0;
  }

  /** Takes the next bytes; the records in them that count. */
  push(bytes: Buffer): RecordLine[] {
    this.offset += bytes.length;
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const taken: RecordLine[] = [];
    let start = 0;
    for (let end = all.indexOf(LF); end !== -1; end = all.indexOf(LF, start)) {
      const line = this.#take(all.subarray(start, end));
      if (line !== undefined) taken.push(line);
      start = end + 1;
    }
    this.#rest = Buffer.from(all.subarray(start));
    return taken;
  }

  #take(bytes: Buffer): RecordLine | undefined {
    const line = decodeLine(bytes);
    if (line === undefined) {
      // An empty one is a writer's: it ends whatever may have been torn before it.
      if (bytes.length > 0) this.damagedLines += 1;
      return undefined;
    }
    if (this.isSealed) return undefined;
    if (line.kind === 'seal') this.isSealed = true;
    if (line.kind === 'header') this.#takeHeader(line.sources);
    return line.kind === 'record' ? this.#takeIfItCounts(line) : undefined;
  }

  #takeHeader(sources: readonly SourcePosition[]): void {
    if (this.hasHeader) return;
    this.hasHeader = true;
    for (const source of sources) {
      if (!this.sources.has(source.file)) this.sources.set(source.file, source);
    }
  }

  #takeIfItCounts(line: RecordLine): RecordLine | undefined {
    const group = `${line.writer} ${String(line.group)}`;
    if (group !== this.#group) {
      this.#group = group;
      this.#doesGroupCount = line.group > this.last;
    }
    if (!this.#doesGroupCount || line.position <= this.last) return undefined;
    this.missing += line.position - this.last - 1;
    this.last = line.position + line.items.length - 1;
    if (line.source !== undefined) this.sources.set(line.source.file, line.source);
    return line;
  }
}
