import { Button, Code, CopyButton, Group, Stack, Text } from '@mantine/core';

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
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button
              size="compact-sm"
              variant="default"
              aria-label={copied ? 'Copied' : `Copy: ${label}`}
              onClick={copy}
            >
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
      </Group>
      <Code block style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
        {text}
      </Code>
    </Stack>
  );
}
