import { Fieldset, Radio, Stack } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { PasswordField } from '../../parts/forms/password-field.js';
import { useFacts } from '../../session/use-facts.js';
import type { NewUserValues } from './new-user-values.js';

/** How a new user gets in: with a password that is good once, or with one that is typed here. */
export function NewPassword({ form }: { readonly form: UseFormReturnType<NewUserValues> }) {
  const { data } = useFacts();
  return (
    <Fieldset legend="Password">
      <Stack gap="sm">
        <Radio.Group label="First password" {...form.getInputProps('password_kind')}>
          <Stack gap={6} mt={6}>
            <Radio
              value="one-time"
              label="Make a one-time password"
              description="It is good for one login within 24 hours, and has to be changed then."
            />
            <Radio value="given" label="Use the password that I type" />
          </Stack>
        </Radio.Group>
        {form.values.password_kind === 'given' ? (
          <PasswordField
            label="Password"
            description={
              data === undefined ? null : `At least ${String(data.min_password_length)} characters.`
            }
            required
            autoComplete="new-password"
            {...form.getInputProps('password')}
          />
        ) : null}
      </Stack>
    </Fieldset>
  );
}
