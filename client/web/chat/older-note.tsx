import { Text } from '@mantine/core';
import { usePermission, useStore } from '../app/console-context.js';
import { ErrorNote } from '../parts/error-note.js';
import { useChat } from './chat-context.js';
import classes from './conversation.module.css';
import type { Reading } from './use-reading.js';

interface OlderNoteProps {
  readonly older: Reading;
  /** Whether nothing is shown at all. */
  readonly isEmpty: boolean;
}

/** Stands above the first message, and says what is before it. */
export function OlderNote({ older: { isMore, error, retry }, isEmpty }: OlderNoteProps) {
  const isLive = useStore(useChat().feed).kind === 'live';
  const canReadOlder = usePermission('messages:read');
  const hasFailed = error !== null && error !== undefined;
  const text = textOf({ isMore: isMore || !isLive, canReadOlder, isEmpty });
  return (
    <div className={classes['top']}>
      {hasFailed ? (
        <ErrorNote error={error} onRetry={retry} />
      ) : (
        <Text size="sm" c="dimmed" ta="center">
          {text}
        </Text>
      )}
    </div>
  );
}

function textOf(known: {
  readonly isMore: boolean;
  readonly canReadOlder: boolean;
  readonly isEmpty: boolean;
}): string {
  const { isMore, canReadOlder, isEmpty } = known;
  if (isEmpty && !isMore)
    return canReadOlder
      ? 'Nothing was said yet. Say the first thing below.'
      : 'Nothing was said within the last hour. Say something below.';
  if (!canReadOlder) return 'This is what was said within the last hour, and since.';
  return isMore ? 'Older messages are being loaded …' : 'This is where the chat begins.';
}
