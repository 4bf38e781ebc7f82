import { Alert, Button, Code, CopyButton, Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './secret-once.module.css';

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
    <Alert color="yellow" title={title} role="status" classNames={{ title: classes['title'] ?? '' }}>
      <Stack gap="xs">
        <Text size="sm">{children} It is shown this once: copy it now.</Text>
        <CopyLine text={secret} label={title} />
        {link === undefined ? null : (
          <>
            <Text size="sm">The same as a link:</Text>
            <CopyLine text={link} label="The link" />
          </>
        )}
      </Stack>
    </Alert>
  );
}

function CopyLine({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <Group wrap="nowrap" align="flex-start">
      <Code block className={classes['secret']}>
        {text}
      </Code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Button variant="default" onClick={copy} aria-label={`${copied ? 'Copied' : 'Copy'}: ${label}`}>
            {copied ? 'Copied' : 'Copy'}
          </Button>
        )}
      </CopyButton>
    </Group>
  );
}
