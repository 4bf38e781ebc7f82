import { NativeSelect, SimpleGrid } from '@mantine/core';
import { STATUSES } from '../../../../protocol/accounts.js';
import { ROLES } from '../../../../protocol/permissions.js';
import { SearchField } from '../../parts/forms/search-field.js';
import type { ListedUsers } from './users-filter.js';

interface UsersFilterBarProps {
  readonly filter: ListedUsers;
  readonly onChange: (name: keyof ListedUsers, value: string) => void;
}

/** Search, role and status. */
export function UsersFilterBar({ filter, onChange }: UsersFilterBarProps) {
  return (
    <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="sm" role="search" aria-label="Users">
      <SearchField
        placeholder="Part of a name, or an e-mail address"
        maxLength={254}
        text={filter.search ?? ''}
        onSearch={(text) => {
          onChange('search', text);
        }}
      />
      <NativeSelect
        label="Role"
        data={[{ value: '', label: 'Any role' }, ...ROLES]}
        value={filter.role ?? ''}
        onChange={(event) => {
          onChange('role', event.currentTarget.value);
        }}
      />
      <NativeSelect
        label="Status"
        data={[{ value: '', label: 'Any status' }, ...STATUSES]}
        value={filter.status ?? ''}
        onChange={(event) => {
          onChange('status', event.currentTarget.value);
        }}
      />
    </SimpleGrid>
  );
}
