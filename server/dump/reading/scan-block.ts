import { setImmediate } from 'node:timers/promises';
import type { BlockText, FoundRecord, LineFilter } from './line-filter.js';
import type { RecordOrder } from './record-query.js';

/** What is looked at before the found is handed on: small enough for the event loop, and for a page of few records. */
const PIECE_BYTES = 64 * 1024;
const BREATHE_AFTER_MS = 5;

/** Waits until others had their turn, if they have waited long. */
export type Breathe = () => Promise<void>;

/** Makes a {@link Breathe} that lets the event loop go on every 5 ms. */
export function createBreathe(now: () => number): Breathe {
  let last = now();
  return async () => {
    if (now() - last < BREATHE_AFTER_MS) return;
    await setImmediate();
    last = now();
  };
}

/** What a filter finds in whole lines, in a query's order, a piece at a time; pieces without any are passed over. */
export async function* scanBlock(
  bytes: Buffer,
  order: RecordOrder,
  filter: LineFilter,
  breathe: Breathe,
): AsyncGenerator<readonly FoundRecord[]> {
  const text: BlockText = { bytes, latin1: bytes.toString('latin1') };
  const ends = lineEnds(text.latin1);
  let found: FoundRecord[] = [];
  let looked = 0;
  for (let index = 0; index < ends.length; index += 1) {
    const line = order === 'oldest' ? index : ends.length - 1 - index;
    const start = line === 0 ? 0 : (ends[line - 1] ?? 0) + 1;
    const end = ends[line] ?? start;
    const record = filter(text, start, end);
    if (record !== undefined) found.push(record);
    looked += end - start + 1;
    if (looked < PIECE_BYTES) continue;
    looked = 0;
    if (found.length > 0) yield found;
    found = [];
    await breathe();
  }
  if (found.length > 0) yield found;
}

// Where each line has its LF. What has none is no whole line.
function lineEnds(text: string): number[] {
  const ends: number[] = [];
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', end + 1)) ends.push(end);
  return ends;
}
