import { Fieldset, SimpleGrid, Stack, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useRef } from 'react';
import { type AccountChanges, accountChanges, type AccountView } from '../../../../../protocol/accounts.js';
import { fieldErrorsOf, focusFirstError, rulesOf } from '../../../parts/form-rules.js';
import { ProfileFields } from '../../../parts/profile-fields.js';
import { profileChangesOf, profileValuesOf, type ProfileValues } from '../../../parts/profile-values.js';
import { useUserChange } from '../user-queries.js';
import classes from '../users.module.css';
import { SaveRow } from './save-row.js';
import { useEdits } from '../use-edits.js';

const RULES = rulesOf<AccountChanges>(accountChanges, (changes) => changes);

interface AccountValues extends ProfileValues {
  readonly username: string;
  readonly email: string;
}

function valuesOf(account: AccountView): AccountValues {
  return { ...profileValuesOf(account), username: account.username, email: account.email };
}

// What did not change is not sent: what is damaged stays as it is, and what others change meanwhile too.
function changesOf(before: AccountValues, now: AccountValues): AccountChanges {
  return {
    ...profileChangesOf(before, now),
    ...(before.username === now.username ? {} : { username: now.username.trim() }),
    ...(before.email === now.email ? {} : { email: now.email }),
  };
}

function useAccountForm(account: AccountView) {
  const change = useUserChange(account);
  const place = useRef<HTMLFormElement>(null);
  const base = valuesOf(account);
  const form = useEdits(base);
  const changes = changesOf(base, form.values);
  const saving = useMutation({
    mutationFn: () => change(changes),
    onSuccess: form.settle,
    onError: (error) => {
      form.setErrors(fieldErrorsOf(error));
      focusFirstError(place.current);
    },
  });
  const save = (): void => {
    const errors = RULES(changes);
    form.setErrors(errors);
    if (Object.keys(errors).length === 0) saving.mutate();
    else focusFirstError(place.current);
  };
  return { place, form, saving, save };
}

/** Name, e-mail address and profile of a user. */
export function AccountForm({ account }: { readonly account: AccountView }) {
  const { place, form, saving, save } = useAccountForm(account);
  return (
    <form
      ref={place}
      className={classes['form']}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <Stack>
        <Fieldset legend="Account">
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
            <TextInput
              label="User name"
              required
              autoComplete="off"
              spellCheck={false}
              {...form.textProps('username')}
            />
            <TextInput label="E-mail" type="email" autoComplete="off" {...form.textProps('email')} />
          </SimpleGrid>
        </Fieldset>
        <Fieldset legend="Profile">
          <ProfileFields inputProps={form.textProps} />
        </Fieldset>
        <SaveRow
          label="Save the profile"
          error={saving.error}
          isSaving={saving.isPending}
          isSaved={saving.isSuccess}
          isChanged={form.isChanged}
        />
      </Stack>
    </form>
  );
}
