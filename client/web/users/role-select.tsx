import { NativeSelect } from '@mantine/core';
import { type Role, ROLES } from '../../../protocol/permissions.js';

interface RoleSelectProps {
  readonly role: Role;
  readonly onChange: (role: Role) => void;
}

/** One of the roles. */
export function RoleSelect({ role, onChange }: RoleSelectProps) {
  return (
    <NativeSelect
      label="Role"
      data={[...ROLES]}
      value={role}
      onChange={({ currentTarget }) => {
        const chosen = ROLES.find((one) => one === currentTarget.value);
        if (chosen !== undefined) onChange(chosen);
      }}
    />
  );
}
