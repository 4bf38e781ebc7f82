import { Button, Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import { type InviteCreation, inviteCreation, type InviteMade } from '../../../../protocol/sessions.js';
import { BROWSER_SESSION } from '../../../api/credential.js';
import { useConsole } from '../../app/console-context.js';
import { ErrorNote } from '../../parts/error-note.js';
import { rulesOf } from '../../parts/forms/form-rules.js';
import { useSubmission } from '../../parts/forms/use-submission.js';
import { Section } from '../../parts/section.js';
import { SecretOnce } from '../../parts/copy/secret-once.js';
import { TimeText } from '../../parts/text/time-text.js';
import { INVITES } from './invites-list.js';

const HOUR = 3_600;

const LIFETIMES = [
  { label: '1 hour', value: String(HOUR) },
  { label: '1 day', value: String(24 * HOUR) },
  { label: '7 days', value: String(7 * 24 * HOUR) },
  { label: '30 days', value: String(30 * 24 * HOUR) },
];

interface InviteValues {
  readonly note: string;
  /** Seconds. */
  readonly expires_in: string;
}

function bodyOf({ note, expires_in: lifetime }: InviteValues): InviteCreation {
  return { note: note.trim(), expires_in: Number(lifetime) };
}

const validate = rulesOf(inviteCreation, bodyOf);

/** Where an invite is made, and its code shown. */
export function NewInvite() {
  const { administration } = useConsole().server;
  const queries = useQueryClient();
  const form = useForm<InviteValues>({
    name: 'invite',
    initialValues: { note: '', expires_in: String(7 * 24 * HOUR) },
    validate,
    validateInputOnChange: true,
  });
  const { submit, isPending, error, answer } = useSubmission(form, {
    send: (values) => administration.createInvite(BROWSER_SESSION, bodyOf(values)),
    onDone: () => {
      form.setFieldValue('note', '');
      void queries.invalidateQueries({ queryKey: INVITES });
    },
  });
  return (
    <Section title="Invite somebody">
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          <Group align="flex-start">
            <TextInput
              label="Note"
              description="Whom it is for; administrators see it."
              autoComplete="off"
              flex="1 1 14rem"
              {...form.getInputProps('note')}
            />
            <NativeSelect
              label="Good for"
              description="Then the code expires."
              data={LIFETIMES}
              {...form.getInputProps('expires_in')}
            />
          </Group>
          <ErrorNote error={error} />
          <Group>
            <Button type="submit" loading={isPending}>
              Create an invite
            </Button>
          </Group>
          {answer === undefined ? null : <Made invite={answer} />}
        </Stack>
      </form>
    </Section>
  );
}

function Made({ invite: { code, expires_at } }: { readonly invite: InviteMade }) {
  return (
    <SecretOnce title="The code of the invite" secret={code} link={linkOf(code)}>
      It is good for one registration until <TimeText time={expires_at} />.
    </SecretOnce>
  );
}

// In the fragment, which no browser sends: what is in a path or a query lands in logs.
function linkOf(code: string): string {
  return `${window.location.origin}/console/register#invite=${encodeURIComponent(code)}`;
}
