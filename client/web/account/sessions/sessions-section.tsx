import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { SessionView } from '../../../../protocol/sessions.js';
import { BROWSER_SESSION } from '../../../api/credential.js';
import { useConsole } from '../../app/console-context.js';
import { ConfirmDialog } from '../../parts/confirm-dialog.js';
import { ErrorNote } from '../../parts/error-note.js';
import { LoadingNote } from '../../parts/loading-note.js';
import { DoneNote } from '../done-note.js';
import { Section } from '../section.js';
import { clientName } from '../../parts/client-name.js';
import { SessionTable } from './session-table.js';

type Asking = SessionView | 'others' | undefined;

/** Where one is logged in, and the end of that. */
export function SessionsSection() {
  const { server } = useConsole();
  const [asking, setAsking] = useState<Asking>();
  const { data, error, refetch } = useQuery({
    queryKey: ['sessions'],
    queryFn: () => server.accounts.sessions(BROWSER_SESSION),
  });
  const ending = useEnding();
  const hasOthers = data?.some(({ is_current: isCurrent }) => !isCurrent) ?? false;
  return (
    <Section
      title="Sessions"
      about="Everywhere that you are logged in. End what you do not know, and change your password then."
      actions={
        <Button
          variant="default"
          disabled={!hasOthers}
          onClick={() => {
            setAsking('others');
          }}
        >
          End all others
        </Button>
      }
    >
      <DoneNote word={ending.word} />
      <ErrorNote error={error} onRetry={() => void refetch()} />
      {data === undefined && error === null ? <LoadingNote /> : null}
      {data === undefined ? null : <SessionTable sessions={data} onEnd={setAsking} />}
      <EndDialog asking={asking} end={ending.end} onClose={setAsking} />
    </Section>
  );
}

interface Ending {
  readonly end: (which: SessionView | 'others') => Promise<unknown>;
  /** What was done. */
  readonly word: string | undefined;
}

function useEnding(): Ending {
  const { server } = useConsole();
  const queries = useQueryClient();
  const { mutateAsync, data } = useMutation({
    mutationFn: async (which: SessionView | 'others') => {
      if (which === 'others') return endedText(await server.accounts.endOtherSessions(BROWSER_SESSION));
      await server.accounts.endSession(BROWSER_SESSION, which.id);
      return `The session of ${nameOf(which)} has ended.`;
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['sessions'] }),
  });
  return { end: mutateAsync, word: data };
}

function endedText(count: number): string {
  return count === 1 ? 'One other session has ended.' : `${String(count)} other sessions have ended.`;
}

function nameOf({ client, endpoint }: SessionView): string {
  return `${clientName(client)} at ${endpoint}`;
}

interface EndDialogProps {
  readonly asking: Asking;
  readonly end: Ending['end'];
  readonly onClose: (asking: undefined) => void;
}

function EndDialog({ asking, end, onClose }: EndDialogProps) {
  // What stands in the dialog while it goes away is what stood there.
  const [shown, setShown] = useState(asking);
  if (asking !== undefined && asking !== shown) setShown(asking);
  const isAll = shown === 'others' || shown === undefined;
  return (
    <ConfirmDialog
      isOpen={asking !== undefined}
      title={isAll ? 'End all other sessions?' : `End the session of ${nameOf(shown)}?`}
      label={isAll ? 'End all others' : 'End the session'}
      onConfirm={async () => {
        if (asking !== undefined) await end(asking);
      }}
      onClose={() => {
        onClose(undefined);
      }}
    >
      {isAll ? 'Everywhere but here you have to log in again.' : 'Whoever uses it has to log in again.'}
    </ConfirmDialog>
  );
}
