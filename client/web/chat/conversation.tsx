import { Button, VisuallyHidden } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconArrowDown } from '@tabler/icons-react';
import { useVirtualizer, type Virtualizer } from '@tanstack/react-virtual';
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { messageText } from '../../../protocol/stored-messages.js';
import { useStore } from '../app/console-context.js';
import { ErrorNote } from '../parts/error-note.js';
import { useChat } from './chat-context.js';
import classes from './conversation.module.css';
import { ConversationRow } from './conversation-row.js';
import type { ChatLine } from './model/chat-line.js';
import { likelyHeight } from './model/line-height.js';
import { OlderNote } from './older-note.js';
import { type Reading, useNewer, useOlder } from './use-reading.js';

const TOP_PX = 64;
const NEAR_END_PX = 48;
const NEAR_LINES = 5;

type Rows = Virtualizer<HTMLDivElement, HTMLDivElement>;

/** What was said, the latest at the end. It stays at the end where that is looked at, and else where it is. */
export function Conversation() {
  const { log } = useChat();
  const lines = useStore(log.lines);
  const place = useRef<HTMLDivElement>(null);
  const [older, newer] = [useOlder(), useNewer()];
  const rows = useRows(lines, place, !newer.isMore);
  const { isAtEnd, onScroll } = useEnd(rows, place);
  useNearby(rows, older, newer);
  return (
    <div className={classes['frame']}>
      {/* Scrolled by the keyboard as well, so it takes the focus. */}
      <div
        ref={place}
        role="region"
        aria-label="What was said"
        tabIndex={0}
        className={classes['place']}
        onScroll={onScroll}
      >
        <OlderNote older={older} isEmpty={lines.length === 0} />
        <div role="list" className={classes['rows']} style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map(({ index, key, start }) => {
            const line = lines[index];
            if (line === undefined) return null;
            return (
              <div
                key={key}
                ref={rows.measureElement}
                role="listitem"
                data-index={index}
                className={classes['row']}
                style={{ transform: `translateY(${String(start)}px)` }}
              >
                <ConversationRow line={line} before={lines[index - 1]} />
              </div>
            );
          })}
        </div>
      </div>
      {newer.error === null ? null : <ErrorNote error={newer.error} onRetry={newer.retry} />}
      {isAtEnd && !newer.isMore ? null : <ToEnd rows={rows} />}
      {newer.isMore ? null : <LatestAloud lines={lines} />}
    </div>
  );
}

// Reads on in good time, at whichever end is near.
function useNearby(rows: Rows, older: Reading, newer: Reading): void {
  const items = rows.getVirtualItems();
  const [first, last] = [items[0], items.at(-1)];
  const isNearTop = first === undefined || first.index < NEAR_LINES;
  const isNearEnd = last !== undefined && last.index >= rows.options.count - NEAR_LINES;
  useEffect(() => {
    if (isNearTop) older.loadMore();
  }, [isNearTop, older]);
  useEffect(() => {
    if (isNearEnd) newer.loadMore();
  }, [isNearEnd, newer]);
}

function ToEnd({ rows }: { readonly rows: Rows }) {
  const { log } = useChat();
  return (
    <Button
      size="compact-sm"
      className={classes['toEnd'] ?? ''}
      leftSection={<IconArrowDown size={16} aria-hidden />}
      onClick={() => {
        log.toLatest();
        rows.scrollToEnd();
      }}
    >
      To the latest
    </Button>
  );
}

function useRows(
  lines: readonly ChatLine[],
  place: RefObject<HTMLDivElement | null>,
  followOnAppend: boolean,
): Rows {
  const { outbox } = useChat();
  const unsent = useStore(outbox.unsent).at(-1)?.id;
  const isStacked = useMediaQuery('(max-width: 48em)');
  const rows = useVirtualizer<HTMLDivElement, HTMLDivElement>({
    count: lines.length,
    getScrollElement: () => place.current,
    estimateSize: (index) => {
      const line = lines[index];
      const room = { width: place.current?.clientWidth ?? 0, isStacked };
      return line === undefined ? 0 : likelyHeight(line, lines[index - 1], room);
    },
    // Where it is another function all lines are measured anew.
    getItemKey: useCallback((index: number) => lines[index]?.id ?? -index, [lines]),
    overscan: 8,
    paddingStart: TOP_PX,
    anchorTo: 'end',
    followOnAppend,
    scrollEndThreshold: NEAR_END_PX,
  });
  // A browser ends its smooth scrolling where a position is set, so nothing is set while somebody goes back.
  rows.shouldAdjustScrollPositionOnItemSizeChange = ({ end }) =>
    rows.scrollDirection !== 'backward' && end <= (rows.scrollOffset ?? 0);
  const scrollToEnd = rows.scrollToEnd;
  useLayoutEffect(() => {
    scrollToEnd();
  }, [scrollToEnd, unsent]);
  return rows;
}

function useEnd(rows: Rows, place: RefObject<HTMLDivElement | null>) {
  const { log } = useChat();
  const [isAtEnd, setAtEnd] = useState(true);
  const wasAtEnd = useRef(true);
  const onScroll = (): void => {
    if (place.current === null) return;
    const { scrollHeight, scrollTop, clientHeight } = place.current;
    const isNow = log.newer.get() === undefined && scrollHeight - scrollTop - clientHeight <= NEAR_END_PX;
    wasAtEnd.current = isNow;
    setAtEnd(isNow);
    log.readBack(!isNow);
  };
  useEffect(() => {
    // What needs room below, as a long text that is being typed, hides nothing of the end.
    const observer = new ResizeObserver(() => {
      if (wasAtEnd.current) rows.scrollToEnd();
    });
    if (place.current !== null) observer.observe(place.current);
    return () => {
      observer.disconnect();
    };
  }, [rows, place]);
  useEffect(
    () => () => {
      log.readBack(false);
    },
    [log],
  );
  return { isAtEnd, onScroll };
}

// Rows come and go as one scrolls: only what is new is told to who cannot see them.
function LatestAloud({ lines }: { readonly lines: readonly ChatLine[] }) {
  const last = lines.at(-1);
  const isTold = last?.kind === 'message' && !last.isOwn;
  return (
    <VisuallyHidden role="log" aria-label="The latest message">
      {isTold ? (
        <span key={last.id}>
          {last.message.user}: {messageText(last.message.message).slice(0, 300)}
        </span>
      ) : null}
    </VisuallyHidden>
  );
}
