import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ApiTokenView } from '../../../../protocol/sessions.js';
import { BROWSER_SESSION } from '../../../api/credential.js';
import { useConsole } from '../../app/console-context.js';
import { TokenTable } from '../../parts/account/token-table.js';
import { ConfirmDialog } from '../../parts/dialogs/confirm-dialog.js';
import { EmptyNote } from '../../parts/empty-note.js';
import { ErrorNote } from '../../parts/error-note.js';
import { LoadingNote } from '../../parts/loading-note.js';
import { DoneNote } from '../../parts/done-note.js';
import { Section } from '../../parts/section.js';
import { type Question, useQuestion } from '../../parts/dialogs/use-question.js';
import { NewTokenDialog } from './new-token-dialog.js';

/** The API tokens, for devices and programs. */
export function TokensSection() {
  const { server } = useConsole();
  const [isMaking, making] = useDisclosure();
  const question = useQuestion<ApiTokenView>();
  const { data, error, refetch } = useQuery({
    queryKey: ['tokens'],
    queryFn: () => server.accounts.apiTokens(BROWSER_SESSION),
  });
  return (
    <Section
      title="API tokens"
      about="For devices and programs: each does what you permit it, never more than you may yourself, and is good from anywhere. It cannot change your account."
      actions={<Button onClick={making.open}>Create a token</Button>}
    >
      <ErrorNote error={error} onRetry={() => void refetch()} />
      {data === undefined && error === null ? <LoadingNote /> : null}
      {data?.length === 0 ? (
        <EmptyNote title="No API tokens">
          Create one for each device, so that you can revoke it alone.
        </EmptyNote>
      ) : null}
      {data === undefined || data.length === 0 ? null : <TokenTable tokens={data} onRevoke={question.ask} />}
      <NewTokenDialog isOpen={isMaking} onClose={making.close} />
      <RevokeDialog question={question} />
    </Section>
  );
}

function RevokeDialog({ question }: { readonly question: Question<ApiTokenView> }) {
  const { isOpen, about: asked, close } = question;
  const { server } = useConsole();
  const queries = useQueryClient();
  const [revoked, setRevoked] = useState<string>();
  const name = asked?.name ?? '';
  return (
    <>
      <DoneNote word={revoked === undefined ? undefined : `The API token ${revoked} is revoked.`} />
      <ConfirmDialog
        isOpen={isOpen}
        title={`Revoke the API token ${name}?`}
        label={`Revoke ${name}`}
        onConfirm={async () => {
          if (asked === undefined) return;
          await server.accounts.revokeApiToken(BROWSER_SESSION, asked.id);
          setRevoked(asked.name);
          await queries.invalidateQueries({ queryKey: ['tokens'] });
        }}
        onClose={close}
      >
        What uses it gets in no more, at once.
      </ConfirmDialog>
    </>
  );
}
