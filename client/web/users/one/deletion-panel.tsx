import { Button, Group, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'wouter';
import type { AccountView } from '../../../../protocol/accounts.js';
import { userNameKey } from '../../../../protocol/user-name.js';
import { BROWSER_SESSION } from '../../../api/credential.js';
import { useConsole } from '../../app/console-context.js';
import { ConfirmDialog } from '../../parts/dialogs/confirm-dialog.js';
import { Section } from '../../parts/section.js';
import { keyOf, useIsOneself, USERS } from '../user-queries.js';

/** The end of an account. */
export function DeletionPanel({ account }: { readonly account: AccountView }) {
  const [isAsked, asked] = useDisclosure();
  return (
    <Section title="Delete the account">
      <Text size="sm">It cannot be undone. To keep somebody out for a while, suspend the account.</Text>
      <Group>
        <Button variant="outline" color="red" c="var(--mantine-color-error)" onClick={asked.open}>
          Delete the user…
        </Button>
      </Group>
      <Deletion account={account} isAsked={isAsked} onClose={asked.close} />
    </Section>
  );
}

function useDeletion(account: AccountView): () => Promise<void> {
  const { server, session } = useConsole();
  const queries = useQueryClient();
  const isOneself = useIsOneself(account);
  const [, navigate] = useLocation();
  return async () => {
    await server.administration.deleteUser(BROWSER_SESSION, account.username);
    if (isOneself) {
      session.leave();
      return;
    }
    navigate('/', { replace: true });
    queries.removeQueries({ queryKey: keyOf('account', account.username) });
    void queries.invalidateQueries({ queryKey: USERS });
  };
}

interface DeletionProps {
  readonly account: AccountView;
  readonly isAsked: boolean;
  readonly onClose: () => void;
}

function Deletion({ account, isAsked, onClose }: DeletionProps) {
  const { username } = account;
  const [typed, setTyped] = useState('');
  const remove = useDeletion(account);
  const isOneself = useIsOneself(account);
  return (
    <ConfirmDialog
      isOpen={isAsked}
      title={
        <>
          Delete the user <bdi>{username}</bdi>?
        </>
      }
      label={<>Delete {username}</>}
      isIncomplete={userNameKey(typed.trim()) !== userNameKey(username)}
      onConfirm={remove}
      onClose={() => {
        setTyped('');
        onClose();
      }}
    >
      <Text size="sm">
        The profile is gone for good. All sessions end, and all API tokens are revoked. The messages stay,
        under the name; the name is free for somebody else, who does not see them.
      </Text>
      {isOneself ? (
        <Text size="sm" fw={600}>
          This is your own account: you are logged out at once.
        </Text>
      ) : null}
      <TextInput
        label={
          <>
            Type <bdi>{username}</bdi> to delete it
          </>
        }
        autoComplete="off"
        spellCheck={false}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
        }}
      />
    </ConfirmDialog>
  );
}
