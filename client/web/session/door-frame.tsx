import { Box, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';
import classes from './door-frame.module.css';

interface DoorFrameProps {
  readonly title: string;
  readonly children: ReactNode;
  /** Where else to go from here. */
  readonly foot?: ReactNode;
}

/** A page for whoever is not in yet. */
export function DoorFrame({ title, children, foot }: DoorFrameProps) {
  useDocumentTitle(`${title} · gatherd`);
  return (
    <main className={classes['place']}>
      <Stack className={classes['sheet'] ?? ''} gap="lg">
        <Group justify="center" gap="sm">
          <img src={`${import.meta.env.BASE_URL}favicon.svg`} alt="" width={36} height={36} />
          <Text fz={24} fw={700}>
            gatherd
          </Text>
        </Group>
        <Paper withBorder shadow="sm" p="lg">
          <Stack>
            <Title order={1} size="h3">
              {title}
            </Title>
            {children}
          </Stack>
        </Paper>
        {foot === undefined ? null : (
          <Box ta="center" fz="sm">
            {foot}
          </Box>
        )}
      </Stack>
    </main>
  );
}
