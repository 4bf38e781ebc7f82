import { Alert, Stack } from '@mantine/core';
import type { AccountView, UserChanges } from '../../../../protocol/accounts.js';
import { type Permission, type PermissionOverview, type Role } from '../../../../protocol/permissions.js';
import { SaveRow } from '../../parts/forms/save-row.js';
import { follow, useEditForm } from '../../parts/forms/use-edit-form.js';
import { useSubmission } from '../../parts/forms/use-submission.js';
import { Section } from '../../parts/section.js';
import { PermissionChoice } from '../permission-choice.js';
import { RoleSelect } from '../role-select.js';
import { useIsOneself, usePermissionOverview, useUserChange } from '../user-queries.js';

interface AccessValues {
  readonly role: Role;
  /** Null: those of the role. */
  readonly permissions: readonly Permission[] | null;
}

function valuesOf({ role, permissions, has_own_permissions }: AccountView): AccessValues {
  return { role, permissions: has_own_permissions ? permissions : null };
}

function changesOf(before: AccessValues, now: AccessValues): UserChanges {
  return {
    ...(before.role === now.role ? {} : { role: now.role }),
    ...(JSON.stringify(before.permissions) === JSON.stringify(now.permissions)
      ? {}
      : { permissions: now.permissions }),
  };
}

/** Role and permissions of a user. */
export function AccessForm({ account }: { readonly account: AccountView }) {
  const change = useUserChange(account);
  const base = valuesOf(account);
  const form = useEditForm({ name: 'access', base });
  const { values } = form;
  const submission = useSubmission(form, {
    send: (wanted) => change(changesOf(base, wanted)),
    onDone: (saved, sent) => {
      follow(form, sent, valuesOf(saved));
    },
  });
  return (
    <Section title="Role and permissions">
      <form onSubmit={submission.submit}>
        <Stack gap="sm">
          <RoleSelect
            role={values.role}
            onChange={(role) => {
              form.setFieldValue('role', role);
            }}
          />
          <PermissionChoice
            role={values.role}
            own={values.permissions}
            onChange={(permissions) => {
              form.setFieldValue('permissions', permissions);
            }}
          />
          <OwnLoss account={account} values={values} />
          <SaveRow
            submission={submission}
            isChanged={Object.keys(changesOf(base, values)).length > 0}
            label="Save role and permissions"
          />
        </Stack>
      </form>
    </Section>
  );
}

function OwnLoss({ account, values }: { readonly account: AccountView; readonly values: AccessValues }) {
  const { data } = usePermissionOverview();
  const isOneself = useIsOneself(account);
  if (!isOneself || data === undefined || mayManage(values, data)) return null;
  return (
    <Alert color="orange" role="status">
      This is your own account: once it is saved you administer no users any more, and this page is closed to
      you.
    </Alert>
  );
}

function mayManage({ role, permissions }: AccessValues, { roles }: PermissionOverview): boolean {
  return (permissions ?? roles[role]).includes('users:manage');
}
