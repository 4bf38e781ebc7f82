import { Alert, SimpleGrid, Stack, Textarea, TextInput } from '@mantine/core';
import type { GetInputPropsReturnType } from '@mantine/form';
import { IconAlertTriangle } from '@tabler/icons-react';
import classes from './profile-fields.module.css';
import { PROFILE_LABELS, type ProfileField } from './profile-values.js';

interface ProfileFieldsProps {
  /** `form.getInputProps` of a form with {@link ProfileValues} among its values. */
  readonly inputProps: (name: ProfileField) => GetInputPropsReturnType;
  /** Whether it is the profile of whoever fills it in: then the browser may help. */
  readonly isOwn?: boolean;
}

const LINES = ['full_name', 'phone', 'address', 'postal_code', 'city', 'country', 'date_of_birth'] as const;

const PURPOSES: Readonly<Record<(typeof LINES)[number], string>> = {
  full_name: 'name',
  phone: 'tel',
  address: 'street-address',
  postal_code: 'postal-code',
  city: 'address-level2',
  country: 'country-name',
  date_of_birth: 'bday',
};

/** The fields of a profile, within the form of the caller. */
export function ProfileFields({ inputProps, isOwn = false }: ProfileFieldsProps) {
  return (
    <Stack gap="sm">
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm" verticalSpacing="sm">
        {LINES.map((name) => (
          <TextInput
            key={name}
            label={PROFILE_LABELS[name]}
            placeholder={name === 'date_of_birth' ? 'As you write it: 1954-04-19' : undefined}
            autoComplete={isOwn ? PURPOSES[name] : 'off'}
            {...inputProps(name)}
          />
        ))}
      </SimpleGrid>
      <Textarea label={PROFILE_LABELS.notes} autosize minRows={2} maxRows={8} {...inputProps('notes')} />
      <Textarea
        label={PROFILE_LABELS.metadata}
        description="A JSON object, of at most 16 KiB; empty for none."
        placeholder='{ "locker": 6 }'
        autosize
        minRows={2}
        maxRows={12}
        spellCheck={false}
        classNames={{ input: classes['code'] ?? '' }}
        {...inputProps('metadata')}
      />
    </Stack>
  );
}

const OTHER_LABELS: Readonly<Record<string, string>> = { ...PROFILE_LABELS, email: 'E-mail' };

/** Says which fields of an account cannot be decrypted. @param fields - its `damaged_fields` */
export function DamagedNote({ fields }: { readonly fields: readonly string[] | undefined }) {
  if (fields === undefined || fields.length === 0) return null;
  const names = fields.map((name) => OTHER_LABELS[name] ?? name).join(', ');
  return (
    <Alert
      color="orange"
      title="Some fields are damaged"
      icon={<IconAlertTriangle aria-hidden />}
      role="status"
    >
      They cannot be decrypted and are shown empty: {names}. They stay as they are until something else is
      written there.
    </Alert>
  );
}
