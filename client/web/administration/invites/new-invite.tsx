import { Button, Group, NativeSelect, Paper, Stack, TextInput, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type SyntheticEvent, useState } from 'react';
import { inviteCreation, type InviteMade } from '../../../../protocol/sessions.js';
import { BROWSER_SESSION } from '../../../api/credential.js';
import { useConsole } from '../../app/console-context.js';
import { ErrorNote } from '../../parts/error-note.js';
import { fieldErrorsOf, rulesOf } from '../../parts/form-rules.js';
import { SecretOnce } from '../../parts/secret-once.js';
import { TimeText } from '../../parts/time-text.js';
import { INVITES } from './invites-list.js';

const HOUR = 3_600;

const LIFETIMES = [
  { label: '1 hour', value: String(HOUR) },
  { label: '1 day', value: String(24 * HOUR) },
  { label: '7 days', value: String(7 * 24 * HOUR) },
  { label: '30 days', value: String(30 * 24 * HOUR) },
];

const RULES = rulesOf<{ note: string }>(inviteCreation, (body) => body);

function useNewInvite() {
  const { administration } = useConsole().server;
  const queries = useQueryClient();
  const [note, setNote] = useState('');
  const [lifetime, setLifetime] = useState(String(7 * 24 * HOUR));
  const making = useMutation({
    mutationFn: () =>
      administration.createInvite(BROWSER_SESSION, { note: note.trim(), expires_in: Number(lifetime) }),
    onSuccess: () => {
      setNote('');
      void queries.invalidateQueries({ queryKey: INVITES });
    },
  });
  return { note, setNote, lifetime, setLifetime, making };
}

/** Where an invite is made, and its code shown. */
export function NewInvite() {
  const { note, setNote, lifetime, setLifetime, making } = useNewInvite();
  const errors = { ...RULES({ note: note.trim() }), ...fieldErrorsOf(making.error) };
  const make = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (!('note' in RULES({ note: note.trim() })) && !making.isPending) making.mutate();
  };
  return (
    <Paper withBorder p="md" component="section">
      <form onSubmit={make} noValidate>
        <Stack gap="sm">
          <Title order={2} size="h5">
            Invite somebody
          </Title>
          <Group align="flex-start">
            <TextInput
              label="Note"
              description="Whom it is for; administrators see it."
              autoComplete="off"
              flex="1 1 14rem"
              value={note}
              error={errors['note']}
              onChange={(event) => {
                setNote(event.currentTarget.value);
              }}
            />
            <NativeSelect
              label="Good for"
              description="Then the code expires."
              data={LIFETIMES}
              value={lifetime}
              onChange={(event) => {
                setLifetime(event.currentTarget.value);
              }}
            />
          </Group>
          <ErrorNote error={making.error} />
          <Group>
            <Button type="submit" loading={making.isPending}>
              Make an invite
            </Button>
          </Group>
          {making.data === undefined ? null : <Made invite={making.data} />}
        </Stack>
      </form>
    </Paper>
  );
}

function Made({ invite: { code, expires_at } }: { readonly invite: InviteMade }) {
  return (
    <SecretOnce title="The code of the invite" secret={code} link={linkOf(code)}>
      It is good for one registration until <TimeText time={expires_at} />.
    </SecretOnce>
  );
}

// In the fragment, which no browser sends: what is in a path or a query lands in logs.
function linkOf(code: string): string {
  return `${window.location.origin}/console/register#invite=${encodeURIComponent(code)}`;
}
