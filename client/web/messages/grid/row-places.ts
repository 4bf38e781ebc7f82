import type { RecordRow, Row } from '../window/row.js';

/** The index of the first row at or behind a place; the number of rows where there is none. */
export function indexAt(rows: readonly Row[], place: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((rows[middle]?.place ?? place) < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The messages next to a place, before and behind it; undefined where there is none. */
export function neighboursOf(rows: readonly Row[], place: number): readonly (RecordRow | undefined)[] {
  const index = indexAt(rows, place);
  const behind = rows.slice(index, index + 3).filter((row) => row.place > place);
  const before = rows.slice(Math.max(0, index - 2), index).reverse();
  // Between two gaps there is a message.
  return [before, behind].map((some) => some.find((row) => row.kind === 'record'));
}

const MOVES: Readonly<Record<string, (index: number, page: number) => number>> = {
  ArrowUp: (index) => index - 1,
  ArrowDown: (index) => index + 1,
  PageUp: (index, page) => index - page,
  PageDown: (index, page) => index + page,
};

/** Where a key leads to from a row; undefined where it leads nowhere. @param page - how many rows are in sight */
export function movedBy(key: string, index: number, page: number, count: number): number | undefined {
  const move = MOVES[key];
  if (move === undefined || count === 0) return undefined;
  return Math.min(count - 1, Math.max(0, move(index, page)));
}
