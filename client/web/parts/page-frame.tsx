import { Group, Stack, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';
import classes from './page-frame.module.css';

interface PageFrameProps {
  readonly title: string;
  /** What stands before the title in the browser's tab: how many are unread, for example. */
  readonly mark?: string;
  /** Buttons beside the title. */
  readonly actions?: ReactNode;
  /** Whether it is as high as the screen, and its last child takes what room there is. */
  readonly isFilling?: boolean;
  readonly children: ReactNode;
}

/** A page with its title, which the browser's tab shows, too. */
export function PageFrame({ title, mark = '', actions, isFilling = false, children }: PageFrameProps) {
  useDocumentTitle(`${mark}${title} · gatherd`);
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
