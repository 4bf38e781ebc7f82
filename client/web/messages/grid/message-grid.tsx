import { useMediaQuery } from '@mantine/hooks';
import { type CSSProperties, type RefObject, useCallback, useState } from 'react';
import { useStore } from '../../app/console-context.js';
import type { MessageView, ViewState } from '../window/message-view.js';
import type { RecordRow, Row } from '../window/row.js';
import classes from './message-grid.module.css';
import { MessageRow, rowId } from './message-row.js';
import { indexAt } from './row-places.js';
import { keysOf } from './grid-keys.js';
import { useGestures } from './use-gestures.js';
import { timeWidth } from './time-width.js';
import { type Rows, useRows } from './use-rows.js';
import { useShown } from './use-shown.js';

const WIDE = { rowHeight: 30, headHeight: 30 };
/** Two lines, and no titles in sight. */
const NARROW = { rowHeight: 52, headHeight: 0 };

const COLUMNS = ['No.', 'Time', 'User', 'Topic', 'Message'] as const;

/** What it is, to whoever cannot see it. */
const GRID = {
  role: 'grid',
  'aria-label': 'Messages',
  'aria-rowcount': -1,
  'aria-colcount': COLUMNS.length,
  tabIndex: 0,
} as const;

interface MessageGridProps {
  readonly view: MessageView;
  /** Where its element is told. */
  readonly scroller: RefObject<HTMLDivElement | null>;
  /** The number of the message that is shown as a whole. */
  readonly shown: number | undefined;
  /** Shows a message as a whole. */
  readonly onOpen: (row: RecordRow) => void;
  /** Leads to the oldest of all messages. */
  readonly onOldest: () => void;
  /** Leads to the newest. */
  readonly onNewest: () => void;
}

/** The messages, of which only those in sight are in the page. The arrow keys move in it, and Enter opens a message. */
export function MessageGrid(props: MessageGridProps) {
  const isNarrow = useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false });
  return <Grid key={String(isNarrow)} {...props} {...(isNarrow ? NARROW : WIDE)} />;
}

function Grid(props: MessageGridProps & typeof WIDE) {
  const { view, scroller, shown, onOpen, rowHeight, headHeight } = props;
  const state = useStore(view.state);
  const rows = state.window.rows;
  const [active, setActive, onNewest] = useActive(props, state);
  const activeIndex = indexOf(rows, active);
  const { onMoved, onLed, onKept, ...gestures } = useGestures(view, scroller);
  const [timeEm] = useState(() => timeWidth(document));
  const onTarget = (place: number): void => {
    onLed();
    setActive(place);
  };
  const layout = useRows({ view, state, scroller, rowHeight, headHeight, activeIndex, onTarget, onKept });
  useShown(shown === active ? undefined : shown, rows, (index, place) => {
    setActive(place);
    layout.scrollToIndex(index);
  });
  const open = useCallback(
    (row: Row) => {
      setActive(row.place);
      if (row.kind === 'record') onOpen(row);
    },
    [setActive, onOpen],
  );
  const onMove = (index: number, place: number): void => {
    setActive(place);
    if (index === rows.length - 1) onMoved();
    else {
      onLed();
      view.scrollAway();
    }
    scrollTo(layout, index, state.mode);
  };
  const onOldest = toOldestOf(props, state, onMove);
  const onKeyDown = keysOf({ rows, layout, activeIndex, open, onMove, onOldest, onNewest });
  return (
    <div
      ref={scroller}
      {...GRID}
      aria-activedescendant={activeIdOf(rows, activeIndex)}
      className={classes['grid']}
      style={{ '--digits': String(rows.at(-1)?.place ?? 0).length, '--time': timeEm } as CSSProperties}
      onKeyDown={onKeyDown}
      {...gestures}
    >
      <Titles height={WIDE.headHeight} />
      <div role="rowgroup" className={classes['rows']} style={{ height: layout.getTotalSize() }}>
        {layout.getVirtualItems().map(({ index, key, start }) => {
          const row = rows[index];
          if (row === undefined) return null;
          const place = { index, start: start - headHeight, height: rowHeight };
          return (
            <MessageRow key={key} {...{ row, ...place }} isActive={index === activeIndex} onOpen={open} />
          );
        })}
      </div>
    </div>
  );
}

function scrollTo(layout: Rows, index: number, mode: ViewState['mode']): void {
  layout.scrollToIndex(index);
  if (mode !== 'following') return;
  // Until it is known that the end is left, the list keeps to it.
  requestAnimationFrame(() => {
    layout.scrollToIndex(index);
  });
}

function toOldestOf(
  { onOldest }: MessageGridProps,
  { window: { rows, older } }: ViewState,
  onMove: (index: number, place: number) => void,
): () => void {
  const [first] = rows;
  if (older !== undefined || first === undefined) return onOldest;
  return () => {
    onMove(0, first.place);
  };
}

// The row that the keys start from, and the way to the newest, which becomes that row.
function useActive({ onNewest }: MessageGridProps, { window: held, mode, isAtNewest }: ViewState) {
  const [active, setActive] = useState<number>();
  const [isNewestWanted, setNewestWanted] = useState(false);
  const newest = held.rows.at(-1);
  const choose = useCallback((place: number): void => {
    setNewestWanted(false);
    setActive(place);
  }, []);
  if (isNewestWanted && newest !== undefined && isAtNewest && mode === 'following') choose(newest.place);
  const toNewest = (): void => {
    onNewest();
    setNewestWanted(true);
  };
  return [active, choose, toNewest] as const;
}

function activeIdOf(rows: readonly Row[], index: number | undefined): string | undefined {
  const row = index === undefined ? undefined : rows[index];
  return row === undefined ? undefined : rowId(row);
}

function indexOf(rows: readonly Row[], place: number | undefined): number | undefined {
  if (place === undefined) return undefined;
  const index = indexAt(rows, place);
  return rows[index]?.place === place ? index : undefined;
}

function Titles({ height }: { readonly height: number }) {
  return (
    <div role="rowgroup" className={classes['head']}>
      <div role="row" aria-rowindex={1} className={classes['titles']} style={{ height }}>
        {COLUMNS.map((title) => (
          <div key={title} role="columnheader" className={title === 'No.' ? classes['number'] : undefined}>
            {title}
          </div>
        ))}
      </div>
    </div>
  );
}
