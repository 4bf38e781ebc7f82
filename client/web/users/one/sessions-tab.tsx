import { Button, Group, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { AccountView } from '../../../../protocol/accounts.js';
import { BROWSER_SESSION } from '../../../api/credential.js';
import { useConsole } from '../../app/console-context.js';
import { SessionTable } from '../../parts/account/session-table.js';
import { ConfirmDialog } from '../../parts/dialogs/confirm-dialog.js';
import { EmptyNote } from '../../parts/empty-note.js';
import { ErrorNote } from '../../parts/error-note.js';
import { LoadingNote } from '../../parts/loading-note.js';
import { keyOf, useIsOneself } from '../user-queries.js';

/** Where a user is logged in. */
export function SessionsTab({ account }: { readonly account: AccountView }) {
  const { username } = account;
  const { administration } = useConsole().server;
  const { data, error, refetch } = useQuery({
    queryKey: keyOf('sessions', username),
    queryFn: () => administration.sessionsOf(BROWSER_SESSION, username),
  });
  if (data === undefined)
    return error === null ? <LoadingNote /> : <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (data.length === 0)
    return (
      <EmptyNote title="There is no session">
        This user is not logged in anywhere. There is nothing to do.
      </EmptyNote>
    );
  return (
    <>
      <SessionTable sessions={data} />
      <EndAll account={account} />
    </>
  );
}

function EndAll({ account }: { readonly account: AccountView }) {
  const { username } = account;
  const { server, session } = useConsole();
  const queries = useQueryClient();
  const isOneself = useIsOneself(account);
  const [isAsked, asked] = useDisclosure();
  const end = async (): Promise<void> => {
    await server.administration.endSessionsOf(BROWSER_SESSION, username);
    if (isOneself) session.leave();
    else await queries.invalidateQueries({ queryKey: keyOf('sessions', username) });
  };
  return (
    <Group mt="md">
      <Button variant="default" onClick={asked.open}>
        End all sessions…
      </Button>
      <ConfirmDialog
        isOpen={isAsked}
        title={
          <>
            End all sessions of <bdi>{username}</bdi>?
          </>
        }
        label={<>End all sessions of {username}</>}
        onConfirm={end}
        onClose={asked.close}
      >
        <Text size="sm">
          {isOneself
            ? 'These are your own: this one ends too, and you have to log in again.'
            : 'Whoever has the password can log in again. API tokens stay.'}
        </Text>
      </ConfirmDialog>
    </Group>
  );
}
