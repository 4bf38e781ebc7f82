import { Badge, Button, Stack, Text, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { InviteView } from '../../../../protocol/sessions.js';
import { BROWSER_SESSION } from '../../../api/credential.js';
import { useConsole } from '../../app/console-context.js';
import { ConfirmDialog } from '../../parts/dialogs/confirm-dialog.js';
import { type Column, DataTable } from '../../parts/data-table.js';
import { Dimmed } from '../../parts/text/dimmed.js';
import { EmptyNote } from '../../parts/empty-note.js';
import { ErrorNote } from '../../parts/error-note.js';
import { LoadingNote } from '../../parts/loading-note.js';
import { TimeText } from '../../parts/text/time-text.js';
import { type Question, useQuestion } from '../../parts/dialogs/use-question.js';
import { ListFoot } from '../../parts/list-foot.js';
import { numberText } from '../../parts/words.js';
import { type InviteState, StateChoice } from './state-choice.js';

/** How the keys of all queries about invites begin. */
export const INVITES = ['invites'] as const;

const LOOK_EVERY_MS = 30_000;
/** How many are shown at first, and more each time. */
const PAGE = 50;

/** An invite, and whether it is too late for it. */
interface Listed extends InviteView {
  readonly isExpired: boolean;
}

/** All invites that are not swept away yet. */
export function InvitesList() {
  const { administration } = useConsole().server;
  const { data, error, dataUpdatedAt, refetch } = useQuery({
    queryKey: INVITES,
    queryFn: () => administration.invites(BROWSER_SESSION),
    refetchInterval: LOOK_EVERY_MS,
  });
  const question = useQuestion<InviteView>();
  const invites = data?.map((one) => ({ ...one, isExpired: Date.parse(one.expires_at) <= dataUpdatedAt }));
  return (
    <section>
      <Title order={2} size="h5" mb="sm">
        All invites
      </Title>
      <ErrorNote error={error} onRetry={() => void refetch()} />
      {invites === undefined ? (
        error === null && <LoadingNote />
      ) : (
        <Found invites={invites} onAsk={question.ask} />
      )}
      <Revocation question={question} />
    </section>
  );
}

interface FoundProps {
  readonly invites: readonly Listed[];
  readonly onAsk: (invite: InviteView) => void;
}

function Found({ invites, onAsk }: FoundProps) {
  const [state, setState] = useState<InviteState>('all');
  const [most, setMost] = useState(PAGE);
  if (invites.length === 0)
    return <EmptyNote title="There is no invite">Create one above for whoever should register.</EmptyNote>;
  const found = invites.filter((one) => state === 'all' || state === stateOf(one));
  const shown = found.slice(0, most);
  return (
    <Stack gap="sm">
      <StateChoice
        state={state}
        onChange={(chosen) => {
          setState(chosen);
          setMost(PAGE);
        }}
      />
      {found.length === 0 ? (
        <EmptyNote title={`No invite is ${state}`}>Choose another state above.</EmptyNote>
      ) : (
        <DataTable label="Invites" columns={columnsOf(onAsk)} rows={shown} keyOf={({ id }) => id} />
      )}
      <ListFoot
        text={countText(shown.length, found.length)}
        onMore={
          shown.length === found.length
            ? undefined
            : () => {
                setMost(most + PAGE);
              }
        }
      />
    </Stack>
  );
}

function columnsOf(onAsk: (invite: InviteView) => void): readonly Column<Listed>[] {
  return [
    { title: 'Note', cell: ({ note }) => (note === '' ? <Dimmed>none</Dimmed> : <bdi>{note}</bdi>) },
    { title: 'State', cell: (invite) => <State invite={invite} /> },
    { title: 'Created by', cell: ({ created_by }) => <bdi>{created_by}</bdi> },
    { title: 'Created', cell: ({ created_at }) => <TimeText time={created_at} /> },
    { title: 'Good until', cell: ({ expires_at }) => <TimeText time={expires_at} /> },
    {
      title: 'Actions',
      cell: (invite) =>
        isOpen(invite) ? (
          <Button
            size="compact-sm"
            variant="default"
            aria-label={`Revoke ${nameOf(invite)}`}
            onClick={() => {
              onAsk(invite);
            }}
          >
            Revoke…
          </Button>
        ) : (
          <Dimmed>nothing</Dimmed>
        ),
    },
  ];
}

function countText(shown: number, found: number): string {
  if (shown < found) return `${numberText(shown)} of ${numberText(found)} invites`;
  return found === 1 ? '1 invite' : `${numberText(found)} invites`;
}

function stateOf({ used_at, isExpired }: Listed): Exclude<InviteState, 'all'> {
  if (used_at !== null) return 'used';
  return isExpired ? 'expired' : 'open';
}

function isOpen(invite: Listed): boolean {
  return stateOf(invite) === 'open';
}

function nameOf({ note }: InviteView): string {
  return note === '' ? 'the invite without a note' : `the invite for ${note}`;
}

function State({ invite }: { readonly invite: Listed }) {
  const { used_at, used_by } = invite;
  if (used_at !== null)
    return (
      <span>
        used by <bdi>{used_by ?? 'somebody who is gone'}</bdi>, <TimeText time={used_at} />
      </span>
    );
  return (
    <Badge variant="outline" color={isOpen(invite) ? 'teal' : 'gray'} tt="none" c="var(--mantine-color-text)">
      {isOpen(invite) ? 'open' : 'expired'}
    </Badge>
  );
}

function Revocation({ question }: { readonly question: Question<InviteView> }) {
  const { isOpen, about: asked, close } = question;
  const { administration } = useConsole().server;
  const queries = useQueryClient();
  const revoke = async (): Promise<void> => {
    if (asked !== undefined) await administration.revokeInvite(BROWSER_SESSION, asked.id);
    await queries.invalidateQueries({ queryKey: INVITES });
  };
  const name = asked === undefined ? '' : nameOf(asked);
  return (
    <ConfirmDialog
      isOpen={isOpen}
      title={
        <>
          Revoke <bdi>{name}</bdi>?
        </>
      }
      label={
        <>
          Revoke <bdi>{name}</bdi>
        </>
      }
      onConfirm={revoke}
      onClose={close}
    >
      <Text size="sm">Nobody can register with its code any more. Whoever has done so stays.</Text>
    </ConfirmDialog>
  );
}
