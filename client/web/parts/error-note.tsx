import { Alert, Button, Group } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { wordsOf } from './words.js';

interface ErrorNoteProps {
  /** Null or undefined where nothing is wrong: then nothing is shown. */
  readonly error: unknown;
  /** Reads it again; what is not given here is taken for more than a reading. */
  readonly onRetry?: () => void;
}

/** Says what went wrong, where it did. */
export function ErrorNote({ error, onRetry }: ErrorNoteProps) {
  if (error === null || error === undefined) return null;
  return (
    <Alert role="alert" color="red" icon={<IconAlertTriangle aria-hidden />} py="xs">
      <Group justify="space-between">
        <span>{wordsOf(error, onRetry !== undefined)}</span>
        {onRetry === undefined ? null : (
          <Button size="compact-sm" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
      </Group>
    </Alert>
  );
}
