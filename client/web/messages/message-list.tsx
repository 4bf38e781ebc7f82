import { Button, Group, Text } from '@mantine/core';
import { IconArrowDown } from '@tabler/icons-react';
import type { ReactNode, RefObject } from 'react';
import { useStore } from '../app/console-context.js';
import { EmptyNote } from '../parts/empty-note.js';
import { ErrorNote } from '../parts/error-note.js';
import { LoadingNote } from '../parts/loading-note.js';
import { numberText } from '../parts/words.js';
import { MessageGrid } from './grid/message-grid.js';
import classes from './grid/message-grid.module.css';
import type { MessageView, ViewState } from './window/message-view.js';
import type { RecordRow } from './window/row.js';

interface MessageListProps {
  readonly view: MessageView;
  /** How what comes fares. */
  readonly live: ReactNode;
  /** Where the list's element is told. */
  readonly place: RefObject<HTMLDivElement | null>;
  /** The number of the message that is shown as a whole. */
  readonly shown: number | undefined;
  readonly isFiltered: boolean;
  /** Whether whoever looks may send one. */
  readonly canSend: boolean;
  readonly onOpen: (row: RecordRow) => void;
  readonly onOldest: () => void;
  readonly onNewest: () => void;
}

/** The messages, and what is to be said about them. */
export function MessageList(props: MessageListProps) {
  const { view, live, place, shown, isFiltered, canSend, onOpen, onOldest, onNewest } = props;
  const state = useStore(view.state);
  return (
    <>
      <ListNote state={state} live={live} />
      <div className={classes['frame']}>
        <div className={classes['above']}>
          <ErrorNote error={state.older.error ?? state.newer.error} onRetry={view.retry} />
        </div>
        <MessageGrid {...{ view, shown, onOpen, onOldest, onNewest }} scroller={place} />
        {state.window.rows.length > 0 ? null : (
          <div className={classes['middle']}>
            <Nothing {...{ state, isFiltered, canSend }} />
          </div>
        )}
        {state.mode !== 'scrolled' ? null : (
          <div className={classes['below']}>
            <Button size="xs" leftSection={<IconArrowDown size={16} aria-hidden />} onClick={onNewest}>
              Jump to newest{state.missed === 0 ? '' : ` (${numberText(state.missed)})`}
            </Button>
          </div>
        )}
      </div>
    </>
  );
}

interface NothingProps extends Pick<MessageListProps, 'isFiltered' | 'canSend'> {
  readonly state: ViewState;
}

function Nothing({ state, isFiltered, canSend }: NothingProps) {
  const { window: held, isReady, isAtNewest } = state;
  if (!isReady || held.older !== undefined || !isAtNewest) return <LoadingNote />;
  return isFiltered ? (
    <EmptyNote title="No message fits the filters">
      Change them or clear them. What comes and fits appears here.
    </EmptyNote>
  ) : (
    <EmptyNote title="There are no messages yet">
      {canSend ? 'Send one below, or with gather send. It appears here.' : 'What comes appears here.'}
    </EmptyNote>
  );
}

interface ListNoteProps extends Pick<MessageListProps, 'live'> {
  readonly state: ViewState;
}

// What changes with each message is not read out.
function ListNote({ state, live }: ListNoteProps) {
  const { mode, missed, older, jump, window: held } = state;
  return (
    <Group gap="xs" mih={26}>
      {live}
      <Text size="sm" c="dimmed" role="status">
        {noticeText(state)}
      </Text>
      {mode === 'following' || missed === 0 ? null : (
        <Text size="sm" fw={600}>
          {missed === 1 ? '1 message came meanwhile.' : `${numberText(missed)} messages came meanwhile.`}
        </Text>
      )}
      {older.isUnderWay && held.rows.length > 0 ? (
        <Text size="sm" c="dimmed">
          Reading older messages…
        </Text>
      ) : null}
      <ErrorNote error={jump.error} />
    </Group>
  );
}

function noticeText({ jump, notice }: ViewState): string {
  if (jump.isUnderWay) return 'Looking for it…';
  if (notice === 'nothing-later') return 'There is nothing at that place or later.';
  return notice === 'rewound' ? 'The server has another dump now: numbers begin anew.' : '';
}
