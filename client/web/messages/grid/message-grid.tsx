import { useMediaQuery } from '@mantine/hooks';
import { useCallback, useRef, useState } from 'react';
import { useStore } from '../../app/console-context.js';
import type { MessageView } from '../window/message-view.js';
import type { RecordRow, Row } from '../window/row.js';
import classes from './message-grid.module.css';
import { MessageRow, rowId } from './message-row.js';
import { indexAt } from './row-places.js';
import { keysOf } from './grid-keys.js';
import { useGestures } from './use-gestures.js';
import { useRows } from './use-rows.js';

const WIDE = { rowHeight: 30, headHeight: 30 };
/** Two lines, and no titles in sight. */
const NARROW = { rowHeight: 52, headHeight: 0 };

const COLUMNS = ['No.', 'Time', 'User', 'Topic', 'Message'] as const;

interface MessageGridProps {
  readonly view: MessageView;
  /** Shows a message as a whole. */
  readonly onOpen: (row: RecordRow) => void;
  /** Leads to the oldest of all messages. */
  readonly onOldest: () => void;
}

/** The messages, of which only those in sight are in the page. The arrow keys move in it, and Enter opens a message. */
export function MessageGrid(props: MessageGridProps) {
  const isNarrow = useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false });
  return <Grid key={String(isNarrow)} {...props} {...(isNarrow ? NARROW : WIDE)} />;
}

function Grid({ view, onOpen, onOldest, rowHeight, headHeight }: MessageGridProps & typeof WIDE) {
  const state = useStore(view.state);
  const { rows } = state.window;
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<number>();
  const activeIndex = indexOf(rows, active);
  const activeRow = activeIndex === undefined ? undefined : rows[activeIndex];
  const { onMoved, onLed, ...gestures } = useGestures(view, scroller);
  const onTarget = (place: number): void => {
    onLed();
    setActive(place);
  };
  const layout = useRows({ view, state, scroller, rowHeight, headHeight, activeIndex, onTarget });
  const open = useCallback(
    (row: Row) => {
      setActive(row.place);
      if (row.kind === 'record') onOpen(row);
    },
    [onOpen],
  );
  const onKeyDown = keysOf({
    ...{ rows, layout, activeIndex, open, onOldest },
    onNewest: view.follow,
    onMove: (index, place) => {
      onMoved();
      if (index < rows.length - 1) view.scrollAway();
      setActive(place);
      layout.scrollToIndex(index);
    },
  });
  return (
    <div
      ref={scroller}
      role="grid"
      aria-label="Messages"
      aria-rowcount={-1}
      aria-colcount={COLUMNS.length}
      aria-activedescendant={activeRow === undefined ? undefined : rowId(activeRow)}
      tabIndex={0}
      className={classes['grid']}
      onKeyDown={onKeyDown}
      {...gestures}
    >
      <Titles height={WIDE.headHeight} />
      <div role="rowgroup" className={classes['rows']} style={{ height: layout.getTotalSize() }}>
        {layout.getVirtualItems().map(({ index, key, start }) => {
          const row = rows[index];
          if (row === undefined) return null;
          const place = { index, start: start - headHeight, height: rowHeight };
          return <MessageRow key={key} row={row} {...place} isActive={index === activeIndex} onOpen={open} />;
        })}
      </div>
    </div>
  );
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
