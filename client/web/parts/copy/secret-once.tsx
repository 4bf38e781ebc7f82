import { Alert, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { TextToCopy } from './text-to-copy.js';

interface SecretOnceProps {
  /** What it is: `The password of dale`. */
  readonly title: string;
  readonly secret: string;
  /** What it is good for, and for how long. */
  readonly children: ReactNode;
  /** A link with the secret in it. */
  readonly link?: string;
}

/** A secret that is shown this once. */
export function SecretOnce({ title, secret, children, link }: SecretOnceProps) {
  return (
    <Alert color="yellow" title={title} role="status">
      <Stack gap="xs">
        <Text size="sm">{children} It is shown this once: copy it now.</Text>
        <TextToCopy text={secret} label={title} />
        {link === undefined ? null : <TextToCopy text={link} label="The same as a link" />}
      </Stack>
    </Alert>
  );
}
