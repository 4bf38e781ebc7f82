import { Button, Group, Stack, Text } from '@mantine/core';
import { ErrorNote } from '../../../parts/error-note.js';

interface SaveRowProps {
  readonly error: unknown;
  readonly isSaving: boolean;
  /** Whether what is shown is what was saved just now. */
  readonly isSaved: boolean;
  /** Whether there is something to save. */
  readonly isChanged: boolean;
  readonly label: string;
}

/** The foot of a form that saves changes. */
export function SaveRow({ error, isSaving, isSaved, isChanged, label }: SaveRowProps) {
  return (
    <Stack gap="sm">
      <ErrorNote error={error} />
      <Group>
        <Button type="submit" loading={isSaving} disabled={!isChanged}>
          {label}
        </Button>
        <Text size="sm" role="status">
          {isSaved && !isChanged ? 'Saved.' : isChanged ? 'Not saved yet.' : ''}
        </Text>
      </Group>
    </Stack>
  );
}
