import type { KeyboardEvent } from 'react';
import type { Row } from '../window/row.js';
import { movedBy } from './row-places.js';
import type { Rows } from './use-rows.js';

interface GridKeys {
  readonly rows: readonly Row[];
  readonly layout: Pick<Rows, 'range'>;
  /** The index of the row that the keys start from; undefined where there is none. */
  readonly activeIndex: number | undefined;
  readonly onMove: (index: number, place: number) => void;
  readonly open: (row: Row) => void;
  readonly onOldest: () => void;
  readonly onNewest: () => void;
}

/** What the keys do in the list: the arrows, PageUp and PageDown move, Enter opens, Home and End lead to the ends of all. */
export function keysOf(keys: GridKeys): (event: KeyboardEvent) => void {
  return (event) => {
    if (event.altKey || event.metaKey) return;
    const isTaken = toEnds(keys, event.key) || (!event.ctrlKey && withinRows(keys, event.key));
    if (isTaken) event.preventDefault();
  };
}

function toEnds({ onOldest, onNewest }: GridKeys, key: string): boolean {
  if (key === 'Home') onOldest();
  else if (key === 'End') onNewest();
  else return false;
  return true;
}

function withinRows({ rows, layout, activeIndex, onMove, open }: GridKeys, key: string): boolean {
  const { startIndex = 0, endIndex = 0 } = layout.range ?? {};
  const active = activeIndex === undefined ? undefined : rows[activeIndex];
  if (key === 'Enter' && active !== undefined) {
    open(active);
    return true;
  }
  const index = movedBy(
    key,
    activeIndex ?? endIndex + 1,
    Math.max(1, endIndex - startIndex - 1),
    rows.length,
  );
  const row = index === undefined ? undefined : rows[index];
  if (index === undefined || row === undefined) return false;
  onMove(index, row.place);
  return true;
}
