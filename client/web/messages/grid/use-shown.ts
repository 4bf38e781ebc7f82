import { useEffect } from 'react';
import type { Row } from '../window/row.js';
import { indexAt } from './row-places.js';

/** Calls a function with the row of the message that is shown as a whole, once it is in the list; undefined where none is to be found. */
export function useShown(
  shown: number | undefined,
  rows: readonly Row[],
  onFound: (index: number, place: number) => void,
): void {
  useEffect(() => {
    if (shown === undefined) return;
    const index = indexAt(rows, shown);
    if (rows[index]?.place === shown) onFound(index, shown);
  });
}
