import { Group, Paper, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

interface SectionProps {
  readonly title: string;
  /** What it is about, in a sentence or two. */
  readonly about?: string;
  /** Buttons beside the title. */
  readonly actions?: ReactNode;
  /** For forms, whose lines would else be too long; tables take all the room there is. */
  readonly isNarrow?: boolean;
  readonly children: ReactNode;
}

/** A part of the page, with its title. */
export function Section({ title, about, actions, isNarrow = false, children }: SectionProps) {
  return (
    <Paper withBorder p="md" component="section" maw={isNarrow ? 720 : undefined}>
      <Stack>
        <Group justify="space-between" align="flex-start">
          <Stack gap={4} flex={1} miw={220}>
            <Title order={2} size="h4">
              {title}
            </Title>
            {about === undefined ? null : (
              <Text size="sm" c="dimmed" maw="70ch">
                {about}
              </Text>
            )}
          </Stack>
          {actions}
        </Group>
        {children}
      </Stack>
    </Paper>
  );
}
