import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { SessionView } from '../../../protocol/sessions.js';
import { BROWSER_SESSION } from '../../api/credential.js';
import { useConsole } from '../app/console-context.js';
import { sessionName, SessionTable } from '../parts/account/session-table.js';
import { ConfirmDialog } from '../parts/dialogs/confirm-dialog.js';
import { DoneNote } from '../parts/done-note.js';
import { ErrorNote } from '../parts/error-note.js';
import { LoadingNote } from '../parts/loading-note.js';
import { Section } from '../parts/section.js';
import { type Question, useQuestion } from '../parts/dialogs/use-question.js';

type Asked = SessionView | 'others';

/** Where one is logged in, and the end of that. */
export function SessionsSection() {
  const { server } = useConsole();
  const question = useQuestion<Asked>();
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
            question.ask('others');
          }}
        >
          End all others
        </Button>
      }
    >
      <DoneNote word={ending.word} />
      <ErrorNote error={error} onRetry={() => void refetch()} />
      {data === undefined && error === null ? <LoadingNote /> : null}
      {data === undefined ? null : <SessionTable sessions={data} onEnd={question.ask} />}
      <EndDialog question={question} end={ending.end} />
    </Section>
  );
}

interface Ending {
  readonly end: (which: Asked) => Promise<unknown>;
  /** What was done. */
  readonly word: string | undefined;
}

function useEnding(): Ending {
  const { server } = useConsole();
  const queries = useQueryClient();
  const { mutateAsync, data } = useMutation({
    mutationFn: async (which: Asked) => {
      if (which === 'others') return endedText(await server.accounts.endOtherSessions(BROWSER_SESSION));
      await server.accounts.endSession(BROWSER_SESSION, which.id);
      return `The session of ${sessionName(which)} has ended.`;
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['sessions'] }),
  });
  return { end: mutateAsync, word: data };
}

function endedText(count: number): string {
  return count === 1 ? 'One other session has ended.' : `${String(count)} other sessions have ended.`;
}

interface EndDialogProps {
  readonly question: Question<Asked>;
  readonly end: Ending['end'];
}

function EndDialog({ question: { isOpen, about = 'others', close }, end }: EndDialogProps) {
  const isAll = about === 'others';
  return (
    <ConfirmDialog
      isOpen={isOpen}
      title={isAll ? 'End all other sessions?' : `End the session of ${sessionName(about)}?`}
      label={isAll ? 'End all others' : 'End the session'}
      onConfirm={() => end(about)}
      onClose={close}
    >
      {isAll ? 'Everywhere but here you have to log in again.' : 'Whoever uses it has to log in again.'}
    </ConfirmDialog>
  );
}
