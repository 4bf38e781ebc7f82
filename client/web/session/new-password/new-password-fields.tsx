import type { GetInputPropsReturnType } from '@mantine/form';
import { PasswordField } from '../../parts/forms/password-field.js';
import { useFacts } from '../use-facts.js';

interface NewPasswordFieldsProps {
  /** `form.getInputProps` of a form with a `NewPassword` among its values. */
  readonly inputProps: (name: 'next' | 'again') => GetInputPropsReturnType;
  readonly label: string;
}

/** Where a password is chosen, and typed again. */
export function NewPasswordFields({ inputProps, label }: NewPasswordFieldsProps) {
  const atLeast = useFacts().data?.min_password_length;
  const rule =
    atLeast === undefined ? undefined : `At least ${String(atLeast)} characters; a few words are good.`;
  return (
    <>
      <PasswordField
        label={label}
        description={rule}
        name="new-password"
        autoComplete="new-password"
        {...inputProps('next')}
      />
      <PasswordField
        label={`${label}, again`}
        name="new-password-again"
        autoComplete="new-password"
        {...inputProps('again')}
      />
    </>
  );
}
