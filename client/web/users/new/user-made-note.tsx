import { Button, Group, Stack, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { OneTimePassword, UserMade } from '../../../../protocol/accounts.js';
import { TimeText } from '../../parts/text/time-text.js';
import { SecretOnce } from '../../parts/copy/secret-once.js';
import { userPath } from '../user-path.js';
import { useArrivalFocus } from '../../parts/use-arrival-focus.js';

interface UserMadeNoteProps {
  readonly made: UserMade;
  readonly onAnother: () => void;
}

/** Tells that a user is made, and with which password. */
export function UserMadeNote({ made: { user, one_time }, onAnother }: UserMadeNoteProps) {
  const place = useArrivalFocus();
  return (
    <Stack ref={place} tabIndex={-1} maw={720}>
      <Text role="status">
        The user <bdi>{user.username}</bdi> is created.
      </Text>
      {one_time === undefined ? null : <OneTimeNote made={one_time} />}
      <Group>
        <Button component={Link} href={userPath(user.username)} variant="default">
          Open {user.username}
        </Button>
        <Button variant="default" onClick={onAnother}>
          Create another one
        </Button>
      </Group>
    </Stack>
  );
}

/** A password for one login, shown this once. */
export function OneTimeNote({ made }: { readonly made: OneTimePassword }) {
  return (
    <SecretOnce title={`The one-time password of ${made.username}`} secret={made.one_time_password}>
      It is good for one login until <TimeText time={made.expires_at} />, and has to be changed then.
    </SecretOnce>
  );
}
