import { useMemo } from 'react';
import { useSearchParams } from 'wouter';
import { STATUSES, type Status } from '../../../../protocol/accounts.js';
import { ROLES, type Role } from '../../../../protocol/permissions.js';

/** Which users are listed; it stands in the address. */
export interface ListedUsers {
  readonly search: string | undefined;
  readonly role: Role | undefined;
  readonly status: Status | undefined;
}

/** The filter in the address, and what sets a part of it; an empty text takes the part away. */
export function useUsersFilter(): [ListedUsers, (name: keyof ListedUsers, value: string) => void] {
  const [query, setQuery] = useSearchParams();
  const filter = useMemo(() => filterIn(query), [query]);
  const set = (name: keyof ListedUsers, value: string): void => {
    setQuery(
      (before) => {
        const next = new URLSearchParams(before);
        if (value === '') next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace: true },
    );
  };
  return [filter, set];
}

// What is no role and no status narrows nothing down.
function filterIn(query: URLSearchParams): ListedUsers {
  const search = query.get('search') ?? '';
  return {
    search: search === '' ? undefined : search,
    role: ROLES.find((one) => one === query.get('role')),
    status: STATUSES.find((one) => one === query.get('status')),
  };
}
