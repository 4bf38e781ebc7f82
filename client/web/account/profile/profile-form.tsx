import { Button, Group, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { accountChanges, type AccountView } from '../../../../protocol/accounts.js';
import { ErrorNote } from '../../parts/error-note.js';
import { rulesOf } from '../../parts/form-rules.js';
import { useLeaveGuard } from '../../parts/leave-guard.js';
import { ProfileFields } from '../../parts/profile-fields.js';
import { profileChangesOf, profileValuesOf, type ProfileValues } from '../../parts/profile-values.js';
import { useSubmission } from '../../parts/use-submission.js';
import { DoneNote } from '../done-note.js';
import { Section } from '../section.js';
import { useAccountChanges } from './use-account-changes.js';

/** Changes what one says of oneself. */
export function ProfileForm({ account }: { readonly account: AccountView }) {
  const change = useAccountChanges();
  const saved = profileValuesOf(account);
  const form = useForm<ProfileValues>({
    name: 'profile',
    initialValues: saved,
    validate: rulesOf(accountChanges, (now: ProfileValues) => profileChangesOf(saved, now)),
  });
  const { submit, isPending, isDone, error } = useSubmission(form, {
    send: (values) => change(profileChangesOf(saved, values)),
    onDone: (now) => {
      form.setValues(profileValuesOf(now));
    },
  });
  const isChanged = Object.keys(profileChangesOf(saved, form.values)).length > 0;
  useLeaveGuard(isChanged);
  return (
    <Section
      title="Profile"
      about="Administrators see it. It is encrypted where it is kept; everybody who logs in sees your full name."
      isNarrow
    >
      <form noValidate onSubmit={submit}>
        <Stack>
          <ProfileFields isOwn inputProps={(field) => form.getInputProps(field)} />
          <ErrorNote error={error} />
          <Group>
            <Button type="submit" loading={isPending} disabled={!isChanged}>
              Save profile
            </Button>
            <DoneNote word={isDone && !isChanged ? 'Saved.' : undefined} />
          </Group>
        </Stack>
      </form>
    </Section>
  );
}
