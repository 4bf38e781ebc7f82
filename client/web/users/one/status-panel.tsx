import { Button, Group, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { AccountView, Status } from '../../../../protocol/accounts.js';
import { ConfirmDialog } from '../../parts/dialogs/confirm-dialog.js';
import { Section } from '../../parts/section.js';
import { ErrorNote } from '../../parts/error-note.js';
import { type Question, useQuestion } from '../../parts/dialogs/use-question.js';
import { StatusBadge } from '../status-badge.js';
import { useIsOneself, useUserChange } from '../user-queries.js';

type Shutting = Exclude<Status, 'active'>;

const SHUTTING: readonly Shutting[] = ['suspended', 'inactive'];

/** Whether a user gets in, and what changes that. */
export function StatusPanel({ account }: { readonly account: AccountView }) {
  const change = useUserChange(account);
  const question = useQuestion<Shutting>();
  const { status } = account;
  const activating = useMutation({ mutationFn: () => change({ status: 'active' }) });
  return (
    <Section title="Status">
      <Text size="sm" component="div">
        The account is <StatusBadge status={status} />. Only an active one gets in.
      </Text>
      <Group gap="xs">
        {status === 'active' ? null : (
          <Button
            loading={activating.isPending}
            onClick={() => {
              activating.mutate();
            }}
          >
            Activate
          </Button>
        )}
        {SHUTTING.filter((one) => one !== status).map((one) => (
          <Button
            key={one}
            variant="default"
            onClick={() => {
              question.ask(one);
            }}
          >
            {one === 'suspended' ? 'Suspend…' : 'Make inactive…'}
          </Button>
        ))}
      </Group>
      <ErrorNote error={activating.error} />
      <Shutdown account={account} question={question} />
    </Section>
  );
}

interface ShutdownProps {
  readonly account: AccountView;
  readonly question: Question<Shutting>;
}

function Shutdown({ account, question }: ShutdownProps) {
  const { isOpen, about: asked, close } = question;
  const change = useUserChange(account);
  const { username } = account;
  return (
    <ConfirmDialog
      isOpen={isOpen}
      title={
        <>
          {asked === 'inactive' ? 'Make' : 'Suspend'} the user <bdi>{username}</bdi>
          {asked === 'inactive' ? ' inactive?' : '?'}
        </>
      }
      label={asked === 'inactive' ? `Make ${username} inactive` : `Suspend ${username}`}
      onConfirm={() => (asked === undefined ? Promise.resolve() : change({ status: asked }))}
      onClose={close}
    >
      <WhatEnds account={account} />
    </ConfirmDialog>
  );
}

function WhatEnds({ account }: { readonly account: AccountView }) {
  const isOneself = useIsOneself(account);
  return (
    <>
      <Text size="sm">
        All sessions end at once, in browsers and programs alike, and no login is let in. API tokens are good
        for nothing while it lasts, and good again afterwards: revoke them too where a device is not to be
        trusted. What was sent stays.
      </Text>
      {isOneself ? (
        <Text size="sm" fw={600}>
          This is your own account: you are logged out at once, and another administrator has to let you in
          again.
        </Text>
      ) : null}
    </>
  );
}
