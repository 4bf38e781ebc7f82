import { Fieldset, Stack } from '@mantine/core';
import type { AccountView } from '../../../../protocol/accounts.js';
import { NameFields } from '../../parts/account/name-fields.js';
import { ProfileFields } from '../../parts/account/profile-fields.js';
import { useAccountForm } from '../../parts/account/use-account-form.js';
import { SaveRow } from '../../parts/forms/save-row.js';
import { useUserChange } from '../user-queries.js';
import classes from '../users.module.css';

/** Name, e-mail address and profile of a user. */
export function ProfileTab({ account }: { readonly account: AccountView }) {
  const change = useUserChange(account);
  const { form, submission, isChanged } = useAccountForm({ name: 'user', account, change });
  return (
    <form className={classes['form']} noValidate onSubmit={submission.submit}>
      <Stack>
        <Fieldset legend="Account">
          <NameFields inputProps={(field) => form.getInputProps(field)} />
        </Fieldset>
        <Fieldset legend="Profile">
          <ProfileFields inputProps={(field) => form.getInputProps(field)} />
        </Fieldset>
        <SaveRow submission={submission} isChanged={isChanged} label="Save the profile" />
      </Stack>
    </form>
  );
}
