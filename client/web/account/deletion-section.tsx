import { Button, Group, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { userNameKey } from '../../../protocol/user-name.js';
import { useConsole, useMember } from '../app/console-context.js';
import { ConfirmDialog } from '../parts/dialogs/confirm-dialog.js';
import { PasswordField } from '../parts/forms/password-field.js';
import { Section } from '../parts/section.js';

/** Deletes the account. */
export function DeletionSection() {
  const [isAsking, dialog] = useDisclosure();
  return (
    <Section
      title="Delete account"
      about="Your profile, your sessions and your API tokens are gone at once, and nobody can bring them back. What you have sent stays in the dump under your name, which somebody else may take then."
      isNarrow
    >
      <Group>
        <Button color="red" onClick={dialog.open}>
          Delete my account
        </Button>
      </Group>
      <DeletionDialog isOpen={isAsking} onClose={dialog.close} />
    </Section>
  );
}

interface DeletionDialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

function DeletionDialog({ isOpen, onClose }: DeletionDialogProps) {
  const { username } = useMember().account;
  const { session } = useConsole();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const isIncomplete = password === '' || userNameKey(name.trim()) !== userNameKey(username);
  return (
    <ConfirmDialog
      isOpen={isOpen}
      title={`Delete the account ${username}?`}
      label={`Delete ${username}`}
      isIncomplete={isIncomplete}
      onConfirm={() => session.deleteAccount(password, `The account ${username} is deleted.`)}
      onClose={() => {
        setName('');
        setPassword('');
        onClose();
      }}
    >
      <Text size="sm">This cannot be undone.</Text>
      <TextInput
        label="Your user name"
        description={`Type ${username}, so that it is sure that you mean it.`}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        value={name}
        onChange={(event) => {
          setName(event.currentTarget.value);
        }}
      />
      <PasswordField
        label="Your password"
        autoComplete="current-password"
        value={password}
        onChange={(event) => {
          setPassword(event.currentTarget.value);
        }}
      />
    </ConfirmDialog>
  );
}
