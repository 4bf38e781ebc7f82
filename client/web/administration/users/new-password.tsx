import { Fieldset, PasswordInput, Radio, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useConsole } from '../../app/console-context.js';
import type { NewUserValues } from './new-user-values.js';
import type { Edits } from './use-edits.js';

/** How a new user gets in: with a password that is good once, or with one that is typed here. */
export function NewPassword({ form }: { readonly form: Edits<NewUserValues> }) {
  const { server } = useConsole();
  const { data } = useQuery({ queryKey: ['facts'], queryFn: () => server.console.facts() });
  return (
    <Fieldset legend="Password">
      <Stack gap="sm">
        <Radio.Group
          label="First password"
          value={form.values.password_kind}
          onChange={(kind) => {
            form.set('password_kind', kind === 'given' ? 'given' : 'one-time');
          }}
        >
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
          <PasswordInput
            label="Password"
            description={
              data === undefined ? null : `At least ${String(data.min_password_length)} characters.`
            }
            required
            autoComplete="new-password"
            visibilityToggleButtonProps={{
              'aria-label': 'Show the password',
              tabIndex: 0,
              'aria-hidden': false,
            }}
            {...form.textProps('password')}
          />
        ) : null}
      </Stack>
    </Fieldset>
  );
}
