import { Alert } from '@mantine/core';
import { IconInfoCircle } from '@tabler/icons-react';
import type { ConsoleFacts } from '../../../../protocol/console.js';
import { ErrorNote } from '../../parts/error-note.js';
import { PageFrame } from '../../parts/page-frame.js';
import { useFacts } from '../../session/use-facts.js';
import { InvitesList } from './invites-list.js';
import { NewInvite } from './new-invite.js';

/** Invites, for administrators. */
export function InvitesPage() {
  const { data, error } = useFacts();
  return (
    <PageFrame title="Invites">
      <ErrorNote error={error} />
      {data === undefined ? null : <Enrollment enrollment={data.enrollment} />}
      <NewInvite />
      <InvitesList />
    </PageFrame>
  );
}

const WORDS: Readonly<Record<ConsoleFacts['enrollment'], string>> = {
  open: 'Enrolment is open: whoever wants to can register, and nobody needs an invite.',
  invite: 'Enrolment is by invite: whoever has a code can register, once.',
  closed:
    'Enrolment is closed: nobody can register, not with an invite either. Only administrators create users.',
};

function Enrollment({ enrollment }: Pick<ConsoleFacts, 'enrollment'>) {
  return (
    <Alert
      color={enrollment === 'invite' ? 'cyan' : 'yellow'}
      icon={<IconInfoCircle aria-hidden />}
      py="xs"
      role="note"
    >
      {WORDS[enrollment]} It is the setting GATHERD_ENROLLMENT that says so.
    </Alert>
  );
}
