import { Button, Group, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import { BROWSER_SESSION } from '../../api/credential.js';
import { useConsole, useMember } from '../app/console-context.js';
import { ErrorNote } from '../parts/error-note.js';
import { PasswordField } from '../parts/forms/password-field.js';
import { useSubmission } from '../parts/forms/use-submission.js';
import { NewPasswordFields } from '../session/new-password/new-password-fields.js';
import { newPasswordErrors, NO_PASSWORD, PASSWORD_FIELDS } from '../session/new-password/new-password.js';
import { useFacts } from '../session/use-facts.js';
import { DoneNote } from '../parts/done-note.js';
import { Section } from '../parts/section.js';

const DONE = 'Your password is changed, and all your other sessions have ended.';
const NOTHING = { ...NO_PASSWORD, current: '' };

/** Changes the password. */
export function PasswordSection() {
  const { account } = useMember();
  const { server } = useConsole();
  const queries = useQueryClient();
  const atLeast = useFacts().data?.min_password_length;
  const form = useForm({
    name: 'password',
    initialValues: NOTHING,
    validate: (values) => ({
      ...(values.current === '' ? { current: 'Type your current password.' } : {}),
      ...newPasswordErrors(values, atLeast),
    }),
  });
  const { submit, isPending, isDone, error } = useSubmission(form, {
    send: ({ current, next }) => server.accounts.changePassword(BROWSER_SESSION, current, next),
    names: PASSWORD_FIELDS,
    onDone: () => {
      form.reset();
      void queries.invalidateQueries();
    },
  });
  return (
    <Section
      title="Password"
      about="A change ends all your other sessions at once. API tokens stay good: revoke those that you do not trust."
      isNarrow
    >
      <form noValidate onSubmit={submit}>
        <Stack>
          <input
            type="text"
            name="username"
            autoComplete="username"
            hidden
            readOnly
            value={account.username}
          />
          <PasswordField
            label="Current password"
            name="password"
            autoComplete="current-password"
            {...form.getInputProps('current')}
          />
          <NewPasswordFields label="New password" inputProps={(field) => form.getInputProps(field)} />
          <ErrorNote error={error} />
          <Group>
            <Button type="submit" loading={isPending}>
              Change the password
            </Button>
            <DoneNote word={isDone && !isPending ? DONE : undefined} />
          </Group>
        </Stack>
      </form>
    </Section>
  );
}
