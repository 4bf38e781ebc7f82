import { Alert, Button, Code, CopyButton, Group, Stack, Text } from '@mantine/core';

interface SecretOnceProps {
  /** What it is: `The password of dale`. */
  readonly title: string;
  readonly secret: string;
  /** What it is good for, and for how long. */
  readonly children: string;
}

/** A secret that is shown this once. */
export function SecretOnce({ title, secret, children }: SecretOnceProps) {
  return (
    <Alert color="yellow" title={title} role="status">
      <Stack gap="xs">
        <Text size="sm">{children} It is shown this once: copy it now.</Text>
        <Group wrap="nowrap" align="flex-start">
          <Code block style={{ flex: 1, overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
            {secret}
          </Code>
          <CopyButton value={secret}>
            {({ copied, copy }) => (
              <Button variant="default" onClick={copy}>
                {copied ? 'Copied' : 'Copy'}
              </Button>
            )}
          </CopyButton>
        </Group>
      </Stack>
    </Alert>
  );
}
