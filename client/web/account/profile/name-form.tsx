import { Button, Group, SimpleGrid, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { type AccountChanges, accountChanges, type AccountView } from '../../../../protocol/accounts.js';
import { ErrorNote } from '../../parts/error-note.js';
import { rulesOf } from '../../parts/form-rules.js';
import { useLeaveGuard } from '../../parts/leave-guard.js';
import { useSubmission } from '../../parts/use-submission.js';
import { DoneNote } from '../done-note.js';
import { Section } from '../section.js';
import { useAccountChanges } from './use-account-changes.js';

interface NameValues {
  readonly username: string;
  readonly email: string;
}

function changesOf(account: AccountView, { username, email }: NameValues): AccountChanges {
  return {
    ...(username.trim() === account.username ? {} : { username: username.trim() }),
    ...(email.trim() === account.email ? {} : { email }),
  };
}

function errorsOf(account: AccountView, values: NameValues) {
  if (values.email.trim() === '' && account.email !== '')
    return { email: 'It can be changed, but not taken away.' };
  return rulesOf<NameValues>(accountChanges, (now) => changesOf(account, now))(values);
}

/** Changes the user name and the e-mail address. */
export function NameForm({ account }: { readonly account: AccountView }) {
  const change = useAccountChanges();
  const form = useForm<NameValues>({
    name: 'name',
    initialValues: { username: account.username, email: account.email },
    validate: (values) => errorsOf(account, values),
  });
  const { submit, isPending, isDone, error } = useSubmission(form, {
    send: (values) => change(changesOf(account, values)),
    onDone: ({ username, email }) => {
      form.setValues({ username, email });
    },
  });
  const isChanged = Object.keys(changesOf(account, form.values)).length > 0;
  useLeaveGuard(isChanged);
  return (
    <Section
      title="User name and e-mail"
      about="You log in with either of them. What you have sent keeps the user name that you had then, and is not shown as yours under another one."
      isNarrow
    >
      <form noValidate onSubmit={submit}>
        <Stack>
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
            <TextInput
              label="User name"
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              {...form.getInputProps('username')}
            />
            <TextInput
              label="E-mail address"
              type="email"
              autoComplete="email"
              {...form.getInputProps('email')}
            />
          </SimpleGrid>
          <ErrorNote error={error} />
          <Group>
            <Button type="submit" loading={isPending} disabled={!isChanged}>
              Save name and e-mail
            </Button>
            <DoneNote word={isDone && !isChanged ? 'Saved.' : undefined} />
          </Group>
        </Stack>
      </form>
    </Section>
  );
}
