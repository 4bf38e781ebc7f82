import type { RecordFormat } from '../format/record-format.js';
import type { FoundRecord } from './line-filter.js';
import type { ReadableDump } from './readable-dump.js';
import { further, type RecordOrder, type RecordQuery } from './record-query.js';
import { scanDump } from './scan-dump.js';

/** Some records, and from where to go on. */
export interface RecordPage {
  readonly found: readonly FoundRecord[];
  /** As {@link ScanStep.position}; undefined where there are no more. */
  readonly next: number | undefined;
  /** As {@link ScanStep.behindHole}, of what is missing before the page, which has nothing else then. */
  readonly behindHole?: number;
}

/** How much a page may be. One record is on it whatever its size. */
export interface PageLimits {
  readonly records: number;
  /** Bytes that are looked at: behind them the page is short. */
  readonly lookedAt: number;
  /** Characters of the lines that are on it. */
  readonly characters: number;
  /** Whether it ends where records are missing; without, these are passed over. */
  readonly endsAtHoles?: boolean;
}

/** How much is looked at only to tell whether a full page is the last one. */
const LOOK_AHEAD_BYTES = 1024 * 1024;

/**
 * Reads a page of the wanted records. It may be short, or empty, and still have a next one.
 *
 * @throws Node's error where a file cannot be read
 */
export async function readPage(
  dump: ReadableDump,
  format: RecordFormat,
  query: RecordQuery,
  limits: PageLimits,
): Promise<RecordPage> {
  const page = new PageInProgress(limits);
  let position: number | undefined;
  let budget = limits.lookedAt;
  for await (const step of scanDump(dump, format, query)) {
    const { behindHole } = step;
    if (behindHole !== undefined && limits.endsAtHoles === true) {
      // What is before the hole goes first.
      if (page.found.length > 0) return { found: page.found, next: position ?? page.reached(query.order) };
      return { found: [], next: step.position, behindHole };
    }
    const hasRoom = page.add(step.found);
    if (!hasRoom) return { found: page.found, next: page.reached(query.order) };
    position = step.position;
    budget -= step.bytes;
    if (page.isFull) budget = Math.min(budget, LOOK_AHEAD_BYTES);
    if (budget <= 0) return { found: page.found, next: position };
  }
  return { found: page.found, next: undefined };
}

class PageInProgress {
  readonly found: FoundRecord[] = [];
  readonly #limits: PageLimits;
  #characters = 0;

  constructor(limits: PageLimits) {
    this.#limits = limits;
  }

  get isFull(): boolean {
    return this.found.length >= this.#limits.records || this.#characters >= this.#limits.characters;
  }

  /** Where reading goes on behind what is on the page. */
  reached(order: RecordOrder): number | undefined {
    const [first, ...others] = this.found.map(({ record }) => record.seq);
    return first === undefined ? undefined : others.reduce((one, other) => further(order, one, other), first);
  }

  /** Takes what there is room for, and answers whether that was all. */
  add(found: readonly FoundRecord[]): boolean {
    for (const each of found) {
      if (this.isFull) return false;
      this.found.push(each);
      this.#characters += each.line.length;
    }
    return true;
  }
}
