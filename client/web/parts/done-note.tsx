import { Text } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import classes from './done-note.module.css';

interface DoneNoteProps {
  /** Undefined where nothing is done (yet). */
  readonly word: string | undefined;
  /** What is said then. */
  readonly undone?: string;
}

/** Says what was done. */
export function DoneNote({ word, undone = '' }: DoneNoteProps) {
  return (
    <div role="status" className={classes['place']}>
      {word === undefined && undone === '' ? null : (
        <Text size="sm" className={classes['words'] ?? ''}>
          {word === undefined ? null : <IconCheck size={18} aria-hidden />}
          {word ?? undone}
        </Text>
      )}
    </div>
  );
}
