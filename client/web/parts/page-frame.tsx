import { Group, Stack, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { useConsole, useStore } from '../app/console-context.js';
import classes from './page-frame.module.css';
import { countText } from './words.js';

interface PageFrameProps {
  readonly title: string;
  /** Buttons beside the title. */
  readonly actions?: ReactNode;
  /** Whether it is as high as the screen, and its last child takes what room there is. */
  readonly isFilling?: boolean;
  readonly children: ReactNode;
}

/** A page with its title, which the browser's tab shows, too, behind how many messages of the chat are unread. */
export function PageFrame({ title, actions, isFilling = false, children }: PageFrameProps) {
  const unread = useStore(useConsole().unread);
  useDocumentTitle(`${unread === 0 ? '' : `(${countText(unread)}) `}${title} · gatherd`);
  return (
    <Stack gap={isFilling ? 'xs' : 'md'} className={isFilling ? classes['filling'] : undefined}>
      <Group justify="space-between" wrap="wrap">
        <Title order={1} size="h3">
          {title}
        </Title>
        {actions === undefined ? null : <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}
