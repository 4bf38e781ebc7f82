import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ApiTokenView } from '../../../../protocol/sessions.js';
import { BROWSER_SESSION } from '../../../api/credential.js';
import { useConsole } from '../../app/console-context.js';
import { ConfirmDialog } from '../../parts/confirm-dialog.js';
import { EmptyNote } from '../../parts/empty-note.js';
import { ErrorNote } from '../../parts/error-note.js';
import { LoadingNote } from '../../parts/loading-note.js';
import { DoneNote } from '../done-note.js';
import { Section } from '../section.js';
import { NewTokenDialog } from './new-token-dialog.js';
import { TokenTable } from './token-table.js';

/** The API tokens, for devices and programs. */
export function TokensSection() {
  const { server } = useConsole();
  const [isMaking, setMaking] = useState(false);
  const [asking, setAsking] = useState<ApiTokenView>();
  const { data, error, refetch } = useQuery({
    queryKey: ['tokens'],
    queryFn: () => server.accounts.apiTokens(BROWSER_SESSION),
  });
  return (
    <Section
      title="API tokens"
      about="For devices and programs: each does what you permit it, never more than you may yourself, and is good from anywhere. It cannot change your account."
      actions={
        <Button
          onClick={() => {
            setMaking(true);
          }}
        >
          New token
        </Button>
      }
    >
      <ErrorNote error={error} onRetry={() => void refetch()} />
      {data === undefined && error === null ? <LoadingNote /> : null}
      {data?.length === 0 ? (
        <EmptyNote title="No API tokens">
          Make one for each device, so that you can revoke it alone.
        </EmptyNote>
      ) : null}
      {data === undefined || data.length === 0 ? null : <TokenTable tokens={data} onRevoke={setAsking} />}
      <NewTokenDialog
        isOpen={isMaking}
        onClose={() => {
          setMaking(false);
        }}
      />
      <RevokeDialog asking={asking} onClose={setAsking} />
    </Section>
  );
}

interface RevokeDialogProps {
  readonly asking: ApiTokenView | undefined;
  readonly onClose: (asking: undefined) => void;
}

function RevokeDialog({ asking, onClose }: RevokeDialogProps) {
  const { server } = useConsole();
  const queries = useQueryClient();
  const [shown, setShown] = useState(asking);
  const [revoked, setRevoked] = useState<string>();
  if (asking !== undefined && asking !== shown) setShown(asking);
  const name = shown?.name ?? '';
  return (
    <>
      <DoneNote word={revoked === undefined ? undefined : `The API token ${revoked} is revoked.`} />
      <ConfirmDialog
        isOpen={asking !== undefined}
        title={`Revoke the API token ${name}?`}
        label={`Revoke ${name}`}
        onConfirm={async () => {
          if (asking === undefined) return;
          await server.accounts.revokeApiToken(BROWSER_SESSION, asking.id);
          setRevoked(asking.name);
          await queries.invalidateQueries({ queryKey: ['tokens'] });
        }}
        onClose={() => {
          onClose(undefined);
        }}
      >
        What uses it gets in no more, at once.
      </ConfirmDialog>
    </>
  );
}
