import { Stack } from '@mantine/core';
import type { AccountView } from '../../../../protocol/accounts.js';
import { NameFields } from '../../parts/account/name-fields.js';
import { ProfileFields } from '../../parts/account/profile-fields.js';
import { useAccountForm } from '../../parts/account/use-account-form.js';
import { SaveRow } from '../../parts/forms/save-row.js';
import { Section } from '../../parts/section.js';
import { useAccountChanges } from './use-account-changes.js';

interface FormProps {
  readonly account: AccountView;
}

/** Changes the user name and the e-mail address. */
export function NameForm({ account }: FormProps) {
  const change = useAccountChanges();
  const { form, submission, isChanged } = useAccountForm({ name: 'name', account, change });
  return (
    <Section
      title="User name and e-mail"
      about="You log in with either of them. What you have sent keeps the user name that you had then, and is not shown as yours under another one."
      isNarrow
    >
      <form noValidate onSubmit={submission.submit}>
        <Stack>
          <NameFields isOwn inputProps={(field) => form.getInputProps(field)} />
          <SaveRow submission={submission} isChanged={isChanged} label="Save name and e-mail" />
        </Stack>
      </form>
    </Section>
  );
}

/** Changes what one says of oneself. */
export function ProfileForm({ account }: FormProps) {
  const change = useAccountChanges();
  const { form, submission, isChanged } = useAccountForm({ name: 'profile', account, change });
  return (
    <Section
      title="Profile"
      about="Administrators see it. It is encrypted where it is kept; everybody who logs in sees your full name."
      isNarrow
    >
      <form noValidate onSubmit={submission.submit}>
        <Stack>
          <ProfileFields isOwn inputProps={(field) => form.getInputProps(field)} />
          <SaveRow submission={submission} isChanged={isChanged} label="Save profile" />
        </Stack>
      </form>
    </Section>
  );
}
