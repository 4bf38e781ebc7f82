import { Stack } from '@mantine/core';
import { useMember } from '../../app/console-context.js';
import { DamagedNote } from '../../parts/account/profile-fields.js';
import { NameForm, ProfileForm } from './profile-form.js';

/** By what one logs in, and what one says of oneself. */
export function ProfileSection() {
  const { account } = useMember();
  return (
    <Stack>
      <DamagedNote fields={account.damaged_fields} />
      <NameForm account={account} />
      <ProfileForm account={account} />
    </Stack>
  );
}
