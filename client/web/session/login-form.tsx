import { Button, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { useConsole } from '../app/console-context.js';
import { ErrorNote } from '../parts/error-note.js';
import { PasswordField } from '../parts/password-field.js';

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
    initialValues: { name: name ?? '', password: '' },
    validate: {
      name: (value) => (value.trim() === '' ? 'Type your user name or e-mail address.' : null),
      password: (value) => (value === '' ? 'Type your password.' : null),
    },
  });
  const loggingIn = useMutation({
    mutationFn: ({ name, password }: typeof form.values) => session.logIn(name.trim(), password),
    onError: () => {
      form.getInputNode('password')?.focus();
    },
  });
  return (
    <form
      noValidate
      onSubmit={form.onSubmit((values) => {
        if (!loggingIn.isPending) loggingIn.mutate(values);
      })}
    >
      <Stack>
        <TextInput
          {...STAYS}
          label="User name or e-mail address"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          readOnly={name !== undefined}
          data-autofocus={name === undefined || undefined}
          {...form.getInputProps('name')}
        />
        <PasswordField
          {...STAYS}
          label="Password"
          name="password"
          autoComplete="current-password"
          data-autofocus={name !== undefined || undefined}
          {...form.getInputProps('password')}
        />
        <ErrorNote error={loggingIn.error} />
        <Button {...STAYS} type="submit" loading={loggingIn.isPending}>
          Log in
        </Button>
      </Stack>
    </form>
  );
}
