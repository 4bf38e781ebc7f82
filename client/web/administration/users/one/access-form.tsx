import { Alert, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { AccountView, UserChanges } from '../../../../../protocol/accounts.js';
import { type Permission, type PermissionOverview, type Role } from '../../../../../protocol/permissions.js';
import { PermissionChoice } from '../permission-choice.js';
import { RoleSelect } from '../role-select.js';
import { useIsOneself, usePermissionOverview, useUserChange } from '../user-queries.js';
import { Panel } from './panel.js';
import { SaveRow } from './save-row.js';
import { useEdits } from '../use-edits.js';

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
  const { values, isChanged, set, settle } = useEdits(base);
  const saving = useMutation({ mutationFn: () => change(changesOf(base, values)), onSuccess: settle });
  return (
    <Panel title="Role and permissions">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          saving.mutate();
        }}
      >
        <Stack gap="sm">
          <RoleSelect
            role={values.role}
            onChange={(role) => {
              set('role', role);
            }}
          />
          <PermissionChoice
            role={values.role}
            own={values.permissions}
            onChange={(permissions) => {
              set('permissions', permissions);
            }}
          />
          <OwnLoss account={account} values={values} />
          <SaveRow
            label="Save role and permissions"
            error={saving.error}
            isSaving={saving.isPending}
            isSaved={saving.isSuccess}
            isChanged={isChanged}
          />
        </Stack>
      </form>
    </Panel>
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
