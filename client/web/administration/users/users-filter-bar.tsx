import { NativeSelect, SimpleGrid, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { STATUSES } from '../../../../protocol/accounts.js';
import { ROLES } from '../../../../protocol/permissions.js';
import type { ListedUsers } from './users-filter.js';

const TYPING_PAUSE_MS = 300;

interface UsersFilterBarProps {
  readonly filter: ListedUsers;
  readonly onChange: (name: keyof ListedUsers, value: string) => void;
}

/** Search, role and status. */
export function UsersFilterBar({ filter, onChange }: UsersFilterBarProps) {
  const [typed, setTyped] = useState(filter.search ?? '');
  const [searched, setSearched] = useState(filter.search);
  if (searched !== filter.search) {
    setSearched(filter.search);
    // The address was changed by something else than typing: by a link to all users, for example.
    if (typed.trim() !== (filter.search ?? '')) setTyped(filter.search ?? '');
  }
  const search = useDebouncedCallback((text: string) => {
    onChange('search', text.trim());
  }, TYPING_PAUSE_MS);
  return (
    <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="sm" role="search" aria-label="Users">
      <TextInput
        label="Search"
        placeholder="Part of a name, or an e-mail address"
        leftSection={<IconSearch size={16} aria-hidden />}
        maxLength={254}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          search(event.currentTarget.value);
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
