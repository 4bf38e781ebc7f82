import { Button, Group, Stack } from '@mantine/core';
import { DoneNote } from '../done-note.js';
import { ErrorNote } from '../error-note.js';
import { useLeaveGuard } from './leave-guard.js';
import type { Submission } from './use-submission.js';

interface SaveRowProps {
  readonly submission: Submission<unknown>;
  /** Whether there is something to save. */
  readonly isChanged: boolean;
  readonly label: string;
}

/** The foot of a form that saves changes, and is not left by mistake before. */
export function SaveRow({ submission: { error, isPending, isDone }, isChanged, label }: SaveRowProps) {
  // What is being saved is left behind as soon as it is.
  useLeaveGuard(isChanged && !isPending);
  return (
    <Stack gap="sm">
      <ErrorNote error={error} />
      <Group>
        <Button type="submit" loading={isPending} disabled={!isChanged}>
          {label}
        </Button>
        <DoneNote
          word={isDone && !isChanged ? 'Saved.' : undefined}
          undone={isChanged ? 'Not saved yet.' : ''}
        />
      </Group>
    </Stack>
  );
}
