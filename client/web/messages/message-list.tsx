import { Button, Group, Text } from '@mantine/core';
import { IconArrowDown } from '@tabler/icons-react';
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
  readonly isFiltered: boolean;
  /** Whether whoever looks may send one. */
  readonly canSend: boolean;
  readonly onOpen: (row: RecordRow) => void;
  readonly onOldest: () => void;
  readonly onNewest: () => void;
}

/** The messages, and what is to be said about them. */
export function MessageList({ view, isFiltered, canSend, onOpen, onOldest, onNewest }: MessageListProps) {
  const state = useStore(view.state);
  return (
    <>
      <ListNote state={state} />
      <div className={classes['frame']}>
        <div className={classes['above']}>
          <ErrorNote error={state.older.error ?? state.newer.error} onRetry={view.retry} />
        </div>
        <MessageGrid view={view} onOpen={onOpen} onOldest={onOldest} />
        {state.window.rows.length > 0 ? null : (
          <div className={classes['middle']}>
            <Nothing {...{ state, isFiltered, canSend }} />
          </div>
        )}
        {state.mode === 'following' ? null : (
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

// What changes with each message is not read out.
function ListNote({ state }: { readonly state: ViewState }) {
  const { mode, missed, older, jump, notice, window: held, isReady } = state;
  return (
    <Group gap="xs" mih={22}>
      <Text size="sm" c="dimmed" role="status">
        {jump.isUnderWay ? 'Looking for it…' : modeText(mode, isReady)}
        {notice === 'nothing-later' ? ' There is nothing at that place or later.' : ''}
        {notice === 'rewound' ? ' The server has another dump now: numbers begin anew.' : ''}
      </Text>
      {mode === 'following' ? null : (
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

function modeText(mode: ViewState['mode'], isReady: boolean): string {
  if (!isReady) return 'Connecting…';
  if (mode === 'following') return 'Following: the newest are at the bottom.';
  return mode === 'paused' ? 'Paused.' : 'Not following.';
}
