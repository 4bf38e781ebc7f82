import { Paper, Stack, Title } from '@mantine/core';
import type { ReactNode } from 'react';

interface PanelProps {
  readonly title: string;
  readonly children: ReactNode;
}

/** A part of a page with a title of its own. */
export function Panel({ title, children }: PanelProps) {
  return (
    <Paper withBorder p="md" component="section">
      <Stack gap="sm" align="stretch">
        <Title order={2} size="h5">
          {title}
        </Title>
        {children}
      </Stack>
    </Paper>
  );
}
