import { Button, Group, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { AccountView } from '../../../../protocol/accounts.js';
import type { ApiTokenView } from '../../../../protocol/sessions.js';
import { BROWSER_SESSION } from '../../../api/credential.js';
import { useConsole } from '../../app/console-context.js';
import { TokenTable } from '../../parts/account/token-table.js';
import { ConfirmDialog } from '../../parts/dialogs/confirm-dialog.js';
import { EmptyNote } from '../../parts/empty-note.js';
import { ErrorNote } from '../../parts/error-note.js';
import { LoadingNote } from '../../parts/loading-note.js';
import { type Question, useQuestion } from '../../parts/dialogs/use-question.js';
import { keyOf } from '../user-queries.js';

/** What is to be revoked: one, or all of them. */
type Asked = ApiTokenView | 'all';

/** The API tokens of a user. */
export function TokensTab({ account }: { readonly account: AccountView }) {
  const { username, status } = account;
  const { administration } = useConsole().server;
  const { data, error, refetch } = useQuery({
    queryKey: keyOf('tokens', username),
    queryFn: () => administration.apiTokensOf(BROWSER_SESSION, username),
  });
  if (data === undefined)
    return error === null ? <LoadingNote /> : <ErrorNote error={error} onRetry={() => void refetch()} />;
  return (
    <>
      {status === 'active' || data.length === 0 ? null : (
        <Text size="sm" mb="sm">
          They are good for nothing while the account is {status}, and good again afterwards.
        </Text>
      )}
      <Tokens username={username} tokens={data} />
    </>
  );
}

function Tokens({
  username,
  tokens,
}: {
  readonly username: string;
  readonly tokens: readonly ApiTokenView[];
}) {
  const question = useQuestion<Asked>();
  return (
    <>
      {tokens.length === 0 ? (
        <EmptyNote title="There is no API token">Users make them for their devices in My account.</EmptyNote>
      ) : (
        <>
          <TokenTable tokens={tokens} onRevoke={question.ask} />
          <Group mt="md">
            <Button
              variant="default"
              onClick={() => {
                question.ask('all');
              }}
            >
              Revoke all…
            </Button>
          </Group>
        </>
      )}
      <Revocation username={username} question={question} />
    </>
  );
}

interface RevocationProps {
  readonly username: string;
  readonly question: Question<Asked>;
}

function Revocation({ username, question }: RevocationProps) {
  const { isOpen, about: asked, close } = question;
  const { administration } = useConsole().server;
  const queries = useQueryClient();
  const revoke = async (): Promise<void> => {
    if (asked === 'all') await administration.revokeApiTokensOf(BROWSER_SESSION, username);
    else if (asked !== undefined) await administration.revokeApiTokenOf(BROWSER_SESSION, username, asked.id);
    await queries.invalidateQueries({ queryKey: keyOf('tokens', username) });
  };
  const what = asked === undefined || asked === 'all' ? 'all API tokens' : <bdi>{asked.name}</bdi>;
  return (
    <ConfirmDialog
      isOpen={isOpen}
      title={
        <>
          Revoke {what} of <bdi>{username}</bdi>?
        </>
      }
      label={<>Revoke {what}</>}
      onConfirm={revoke}
      onClose={close}
    >
      <Text size="sm">The devices that use {asked === 'all' ? 'them' : 'it'} are shut out at once.</Text>
    </ConfirmDialog>
  );
}
