import { Code, Group, Stack, Text } from '@mantine/core';
import { CopyTextButton } from './copy-text-button.js';
import classes from './text-to-copy.module.css';

interface TextToCopyProps {
  /** What it is for. */
  readonly label: string;
  readonly text: string;
}

/** A text that is made to be copied. */
export function TextToCopy({ label, text }: TextToCopyProps) {
  return (
    <Stack gap={4}>
      <Group justify="space-between">
        <Text size="sm" fw={500}>
          {label}
        </Text>
        <CopyTextButton label="Copy" what={label} text={() => text} />
      </Group>
      <Code block className={classes['text']}>
        {text}
      </Code>
    </Stack>
  );
}
