import { Anchor, Button, Group, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import type { AccountView, OneTimePassword } from '../../../../protocol/accounts.js';
import { BROWSER_SESSION } from '../../../api/credential.js';
import { useConsole } from '../../app/console-context.js';
import { ConfirmDialog } from '../../parts/dialogs/confirm-dialog.js';
import { Section } from '../../parts/section.js';
import { OneTimeNote } from '../new/user-made-note.js';
import { useIsOneself, USERS } from '../user-queries.js';

/** A new password for whoever has lost his. */
export function PasswordPanel({ account }: { readonly account: AccountView }) {
  const isOneself = useIsOneself(account);
  return (
    <Section title="Password">
      {isOneself ? (
        <Text size="sm">
          This is your own account: change its password in{' '}
          <Anchor component={Link} href="~/console/account" inherit>
            My account
          </Anchor>
          .
        </Text>
      ) : (
        <Reset account={account} />
      )}
    </Section>
  );
}

function Reset({ account: { username } }: { readonly account: AccountView }) {
  const { administration } = useConsole().server;
  const queries = useQueryClient();
  const [isAsked, asked] = useDisclosure();
  const [made, setMade] = useState<OneTimePassword>();
  const reset = async (): Promise<void> => {
    setMade(await administration.resetPassword(BROWSER_SESSION, username));
    void queries.invalidateQueries({ queryKey: USERS });
  };
  return (
    <>
      <Text size="sm">
        Makes a one-time password, which you hand over. It has to be changed at the login.
      </Text>
      <Group>
        <Button variant="default" onClick={asked.open}>
          Reset the password…
        </Button>
      </Group>
      {made === undefined ? null : <OneTimeNote made={made} />}
      <ConfirmDialog
        isOpen={isAsked}
        title={
          <>
            Reset the password of <bdi>{username}</bdi>?
          </>
        }
        label={<>Reset the password of {username}</>}
        onConfirm={reset}
        onClose={asked.close}
      >
        <Text size="sm">
          The password that is in use is good no more. All sessions end, and all API tokens are revoked:
          devices need new ones.
        </Text>
      </ConfirmDialog>
    </>
  );
}
