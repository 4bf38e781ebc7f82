import { Alert, Button, Checkbox, Group, Select, Stack, TextInput } from '@mantine/core';
import { useForm, type UseFormReturnType } from '@mantine/form';
import { type Permission, PERMISSIONS } from '../../../../protocol/permissions.js';
import { type ApiTokenCreation, apiTokenCreation, type ApiTokenMade } from '../../../../protocol/sessions.js';
import { BROWSER_SESSION } from '../../../api/credential.js';
import { useConsole, useMember } from '../../app/console-context.js';
import { ErrorNote } from '../../parts/error-note.js';
import { rulesOf } from '../../parts/forms/form-rules.js';
import { useSubmission } from '../../parts/forms/use-submission.js';

interface TokenValues {
  readonly name: string;
  readonly permissions: readonly Permission[];
  /** Seconds, or nothing where it is good until it is revoked. */
  readonly expires_in: string;
}

const DAY = 86_400;
const LIVES = [
  { value: String(DAY), label: 'A day' },
  { value: String(30 * DAY), label: '30 days' },
  { value: String(90 * DAY), label: '90 days' },
  { value: String(365 * DAY), label: 'A year' },
  { value: '', label: 'Until it is revoked' },
];

function bodyOf({ name, permissions, expires_in: life }: TokenValues): ApiTokenCreation {
  return { name, permissions, ...(life === '' ? {} : { expires_in: Number(life) }) };
}

const rules = rulesOf(apiTokenCreation, bodyOf);

interface NewTokenFormProps {
  readonly onMade: (token: ApiTokenMade) => void;
  readonly onClose: () => void;
}

/** Asks what an API token is to be, and makes it. */
export function NewTokenForm({ onMade, onClose }: NewTokenFormProps) {
  const { server } = useConsole();
  const { permissions: mine } = useMember();
  const form = useForm<TokenValues>({
    name: 'token',
    initialValues: { name: '', permissions: [], expires_in: String(90 * DAY) },
    validate: (values) => ({
      ...(values.permissions.length === 0 ? { permissions: 'Choose at least one.' } : {}),
      ...rules(values),
    }),
  });
  const { submit, isPending, error } = useSubmission(form, {
    send: (values) => server.accounts.createApiToken(BROWSER_SESSION, bodyOf(values)),
    onDone: onMade,
  });
  if (mine.length === 0)
    return <Alert>Your account has no permissions, so that a token of yours could do nothing.</Alert>;
  return (
    <form noValidate onSubmit={submit}>
      <Stack>
        <TextInput
          label="Name"
          description="What it is for: “weather station”, for example."
          autoComplete="off"
          data-autofocus
          {...form.getInputProps('name')}
        />
        <Permissions form={form} />
        <Select
          label="Good for"
          data={LIVES}
          allowDeselect={false}
          checkIconPosition="right"
          {...form.getInputProps('expires_in')}
        />
        <ErrorNote error={error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={isPending}>
            Create the token
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Permissions({ form }: { readonly form: UseFormReturnType<TokenValues> }) {
  const { permissions } = useMember();
  const isMissing = form.errors['permissions'] !== undefined;
  return (
    <Checkbox.Group label="What it may do" errorProps={{ mt: 'xs' }} {...form.getInputProps('permissions')}>
      <Stack gap="xs" mt="xs">
        {permissions.map((permission) => (
          <Checkbox
            key={permission}
            value={permission}
            aria-invalid={isMissing}
            label={permission}
            description={PERMISSIONS[permission]}
          />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}
