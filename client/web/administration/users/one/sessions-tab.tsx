import { Badge, Button, Group, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { AccountView } from '../../../../../protocol/accounts.js';
import type { SessionView } from '../../../../../protocol/sessions.js';
import { BROWSER_SESSION } from '../../../../api/credential.js';
import { useConsole } from '../../../app/console-context.js';
import { ConfirmDialog } from '../../../parts/confirm-dialog.js';
import { type Column, DataTable } from '../../../parts/data-table.js';
import { EmptyNote } from '../../../parts/empty-note.js';
import { ErrorNote } from '../../../parts/error-note.js';
import { LoadingNote } from '../../../parts/loading-note.js';
import { TimeText } from '../../../parts/time-text.js';
import { keyOf, useIsOneself } from '../user-queries.js';

const KINDS = { login: 'Login', handshake: 'Handshake' } as const;

const COLUMNS: readonly Column<SessionView>[] = [
  { title: 'Client', cell: (session) => <Client session={session} /> },
  { title: 'Kind', cell: ({ kind }) => KINDS[kind] },
  { title: 'From', cell: ({ endpoint }) => endpoint },
  { title: 'Opened', cell: ({ created_at }) => <TimeText time={created_at} /> },
  { title: 'Last used', cell: ({ last_used_at }) => <TimeText time={last_used_at} /> },
  { title: 'Good until', cell: ({ expires_at }) => <TimeText time={expires_at} /> },
];

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
      <DataTable label="Sessions" columns={COLUMNS} rows={data} keyOf={({ id }) => id} />
      <EndAll account={account} />
    </>
  );
}

function Client({ session: { client, is_current } }: { readonly session: SessionView }) {
  return (
    <Group gap="xs">
      {client === '' ? (
        <Text span inherit c="dimmed">
          not told
        </Text>
      ) : (
        <bdi>{client}</bdi>
      )}
      {is_current ? (
        <Badge variant="outline" tt="none" c="var(--mantine-color-text)">
          this one
        </Badge>
      ) : null}
    </Group>
  );
}

function EndAll({ account }: { readonly account: AccountView }) {
  const { username } = account;
  const { server, session } = useConsole();
  const queries = useQueryClient();
  const isOneself = useIsOneself(account);
  const [isAsked, setIsAsked] = useState(false);
  const end = async (): Promise<void> => {
    await server.administration.endSessionsOf(BROWSER_SESSION, username);
    if (isOneself) session.leave();
    else await queries.invalidateQueries({ queryKey: keyOf('sessions', username) });
  };
  return (
    <Group mt="md">
      <Button
        variant="default"
        onClick={() => {
          setIsAsked(true);
        }}
      >
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
        onClose={() => {
          setIsAsked(false);
        }}
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
