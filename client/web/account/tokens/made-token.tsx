import { Button, Group, Stack } from '@mantine/core';
import type { ApiTokenMade } from '../../../../protocol/sessions.js';
import { useMember } from '../../app/console-context.js';
import { SecretOnce } from '../../parts/copy/secret-once.js';
import { TextToCopy } from '../../parts/copy/text-to-copy.js';
import { gatherLine } from './gather-line.js';

interface MadeTokenProps {
  readonly made: ApiTokenMade;
  readonly onClose: () => void;
}

/** A token that was made just now, and how it is used. */
export function MadeToken({ made: { token, name, permissions }, onClose }: MadeTokenProps) {
  const { username: user } = useMember().account;
  return (
    <Stack>
      <SecretOnce title={`The API token ${name}`} secret={token}>
        It goes into the header Authorization, after “Bearer”, or into the variable GATHER_TOKEN.
      </SecretOnce>
      <TextToCopy
        label="With gather"
        text={gatherLine({ token, permissions, user, server: window.location.origin })}
      />
      <Group justify="flex-end">
        <Button onClick={onClose} data-autofocus>
          I have copied it
        </Button>
      </Group>
    </Stack>
  );
}
