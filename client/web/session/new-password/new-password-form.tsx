import { Button, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useConsole } from '../../app/console-context.js';
import { ErrorNote } from '../../parts/error-note.js';
import { PasswordField } from '../../parts/forms/password-field.js';
import { useSubmission } from '../../parts/forms/use-submission.js';
import { NewPasswordFields } from './new-password-fields.js';
import { newPasswordErrors, NO_PASSWORD, PASSWORD_FIELDS } from './new-password.js';
import { useFacts } from '../use-facts.js';

/** Asks for another password than the one that was made for one login. @param name - whose it is */
export function NewPasswordForm({ name }: { readonly name: string }) {
  const { session } = useConsole();
  const atLeast = useFacts().data?.min_password_length;
  const form = useForm({
    name: 'new-password',
    initialValues: { ...NO_PASSWORD, current: '' },
    validate: (values) => ({
      ...(values.current === '' ? { current: 'Type the password that you were given.' } : {}),
      ...newPasswordErrors(values, atLeast),
    }),
  });
  const { submit, isPending, error } = useSubmission(form, {
    send: ({ current, next }) => session.choosePassword(current, next),
    names: PASSWORD_FIELDS,
  });
  return (
    <form noValidate onSubmit={submit}>
      <Stack>
        <Text size="sm">Your password was made for one login. Choose one that nobody else knows.</Text>
        <TextInput label="User name" name="username" autoComplete="username" readOnly value={name} />
        <PasswordField
          label="Password you were given"
          name="password"
          autoComplete="current-password"
          autoFocus
          data-autofocus
          {...form.getInputProps('current')}
        />
        <NewPasswordFields label="New password" inputProps={(field) => form.getInputProps(field)} />
        <ErrorNote error={error} />
        <Button type="submit" loading={isPending}>
          Go on
        </Button>
      </Stack>
    </form>
  );
}
