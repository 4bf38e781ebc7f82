import { Text } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import classes from './done-note.module.css';

/** Says what was done. @param word - undefined where there is nothing to say (yet) */
export function DoneNote({ word }: { readonly word: string | undefined }) {
  return (
    <div role="status" className={classes['place']}>
      {word === undefined ? null : (
        <Text size="sm" className={classes['words'] ?? ''}>
          <IconCheck size={18} aria-hidden />
          {word}
        </Text>
      )}
    </div>
  );
}
