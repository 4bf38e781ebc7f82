import { Button, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useConsole } from '../../app/console-context.js';
import { ErrorNote } from '../../parts/error-note.js';
import { PasswordField } from '../../parts/forms/password-field.js';
import { useSubmission } from '../../parts/forms/use-submission.js';

interface LoginFormProps {
  /** Whose session it has to be; undefined: whoever's name is typed. */
  readonly name?: string;
}

// Where the form stands in a dialog, Escape in its fields closes none that is below it.
const STAYS = { 'data-mantine-stop-propagation': true };

/** Asks for a name and a password, and logs in with them. */
export function LoginForm({ name }: LoginFormProps) {
  const { session } = useConsole();
  const form = useForm({
    name: 'login',
    initialValues: { username: name ?? '', password: '' },
    validate: {
      username: (value) => (value.trim() === '' ? 'Type your user name or e-mail address.' : null),
      password: (value) => (value === '' ? 'Type your password.' : null),
    },
  });
  const { submit, isPending, error } = useSubmission(form, {
    send: ({ username, password }) => session.logIn(username.trim(), password),
  });
  const isFixed = name !== undefined;
  return (
    <form noValidate onSubmit={submit}>
      <Stack>
        <TextInput
          {...STAYS}
          label="User name or e-mail address"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          readOnly={isFixed}
          autoFocus={!isFixed}
          {...form.getInputProps('username')}
        />
        <PasswordField
          {...STAYS}
          label="Password"
          name="password"
          autoComplete="current-password"
          data-autofocus={isFixed || undefined}
          {...form.getInputProps('password')}
        />
        <ErrorNote error={error} />
        <Button {...STAYS} type="submit" loading={isPending}>
          Log in
        </Button>
      </Stack>
    </form>
  );
}
