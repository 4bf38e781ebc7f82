import { useVirtualizer, defaultRangeExtractor, type Range, type Virtualizer } from '@tanstack/react-virtual';
import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react';
import type { MessageView, ViewState } from '../window/message-view.js';
import { indexAt } from './row-places.js';

/** The list as it is laid out. */
export type Rows = Virtualizer<HTMLDivElement, HTMLDivElement>;

interface UseRowsOptions {
  readonly view: MessageView;
  readonly state: ViewState;
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly rowHeight: number;
  readonly headHeight: number;
  /** The index of the row that keys start from: it is always there. */
  readonly activeIndex: number | undefined;
  /** Called with the place that a jump has led to. */
  readonly onTarget: (place: number) => void;
  /** Called where it keeps to the newest, with where that is. */
  readonly onKept: (top: number) => void;
}

const OVERSCAN = 12;
const READ_WHEN_NEAR = 150;
const CONTEXT_ROWS = 3;

/** Lays the rows out, of which only those in sight are in the page; reads more where an end comes near, and keeps to the newest. */
export function useRows({
  view,
  state,
  scroller,
  rowHeight,
  headHeight,
  activeIndex,
  onTarget,
  onKept,
}: UseRowsOptions): Rows {
  const { window: held, mode } = state;
  const { rows } = held;
  const virtualizer = useVirtualizer<HTMLDivElement, HTMLDivElement>({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => rows[index]?.place ?? index,
    overscan: OVERSCAN,
    scrollMargin: headHeight,
    scrollPaddingStart: headHeight,
    // What is in sight stays where it is, whatever is put before or behind it.
    anchorTo: 'end',
    rangeExtractor: (range) => wantedIndexes(range, mode === 'following', activeIndex),
  });
  useLayoutEffect(() => {
    const element = scroller.current;
    if (mode !== 'following' || element === null) return;
    element.scrollTop = element.scrollHeight;
    onKept(element.scrollTop);
  });
  useEffect(() => {
    const range = virtualizer.range;
    if ((range?.startIndex ?? 0) < READ_WHEN_NEAR) void view.loadOlder();
    if ((range?.endIndex ?? 0) > rows.length - READ_WHEN_NEAR) void view.loadNewer();
  });
  useTarget(state, (index, place) => {
    virtualizer.scrollToIndex(Math.max(0, index - CONTEXT_ROWS), { align: 'start' });
    onTarget(place);
  });
  return virtualizer;
}

// Those in sight move on with each picture while it follows, before the browser tells of the scrolling.
function wantedIndexes(range: Range, isFollowing: boolean, activeIndex: number | undefined): number[] {
  const { startIndex, endIndex, count } = range;
  const seen = isFollowing
    ? { ...range, startIndex: Math.max(0, count - 1 - (endIndex - startIndex)), endIndex: count - 1 }
    : range;
  const indexes = count === 0 ? [] : defaultRangeExtractor(seen);
  if (activeIndex === undefined || activeIndex >= count || indexes.includes(activeIndex)) return indexes;
  return [...indexes, activeIndex].sort((one, other) => one - other);
}

// Once for each list that has one, as soon as it is there.
function useTarget(
  { epoch, target, window: { rows } }: ViewState,
  onFound: (index: number, place: number) => void,
): void {
  const shown = useRef<number>(undefined);
  useEffect(() => {
    if (target === undefined || shown.current === epoch) return;
    const index = indexAt(rows, target);
    const row = rows[index];
    if (row === undefined) return;
    shown.current = epoch;
    onFound(index, row.place);
  });
}
