import { Anchor, Badge, Button, Group } from '@mantine/core';
import { IconUserPlus } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { AccountView, UsersPage } from '../../../../protocol/accounts.js';
import { BROWSER_SESSION } from '../../../api/credential.js';
import { useConsole } from '../../app/console-context.js';
import { type Column, DataTable } from '../../parts/data-table.js';
import { Dimmed } from '../../parts/text/dimmed.js';
import { EmptyNote } from '../../parts/empty-note.js';
import { ErrorNote } from '../../parts/error-note.js';
import { ListFoot } from '../../parts/list-foot.js';
import { LoadingNote } from '../../parts/loading-note.js';
import { PageFrame } from '../../parts/page-frame.js';
import { TimeText } from '../../parts/text/time-text.js';
import { numberText } from '../../parts/words.js';
import { StatusBadge } from '../status-badge.js';
import { USERS } from '../user-queries.js';
import { NEW_USER, userPath } from '../user-path.js';
import { type ListedUsers, useUsersFilter } from './users-filter.js';
import { UsersFilterBar } from './users-filter-bar.js';

const PAGE = 50;

const COLUMNS: readonly Column<AccountView>[] = [
  { title: 'Name', cell: (user) => <NameCell user={user} /> },
  { title: 'Full name', cell: ({ full_name }) => <Foreign text={full_name} /> },
  { title: 'E-mail', cell: ({ email }) => <Foreign text={email} /> },
  { title: 'Role', cell: ({ role }) => role },
  { title: 'Status', cell: ({ status }) => <StatusBadge status={status} /> },
  {
    title: 'Last login',
    cell: ({ last_login }) => (last_login === null ? <Dimmed>never</Dimmed> : <TimeText time={last_login} />),
  },
];

/** All users, or those that a filter in the address leaves. */
export function UsersList() {
  const [filter, setFilter] = useUsersFilter();
  const isFiltered = Object.values(filter).some((part) => part !== undefined);
  return (
    <PageFrame
      title="Users"
      actions={
        <Button component={Link} href={NEW_USER} leftSection={<IconUserPlus size={18} aria-hidden />}>
          Create a user
        </Button>
      }
    >
      <UsersFilterBar filter={filter} onChange={setFilter} />
      <FoundUsers filter={filter} isFiltered={isFiltered} />
    </PageFrame>
  );
}

function useUsers(filter: ListedUsers) {
  const { administration } = useConsole().server;
  return useInfiniteQuery({
    queryKey: [...USERS, 'list', filter],
    queryFn: ({ pageParam: cursor }) =>
      administration.users(BROWSER_SESSION, { ...filter, limit: PAGE, cursor }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
    placeholderData: (before) => before,
  });
}

function FoundUsers({ filter, isFiltered }: { readonly filter: ListedUsers; readonly isFiltered: boolean }) {
  const users = useUsers(filter);
  const { data, error } = users;
  const found = data?.pages.flatMap(wholeUsers);
  return (
    <>
      <ErrorNote error={error} onRetry={() => void users.refetch()} />
      {found === undefined ? (
        error === null && <LoadingNote />
      ) : found.length === 0 ? (
        <EmptyNote title={isFiltered ? 'No user is like that' : 'There is no user'}>
          {isFiltered ? 'Search for something else, or take a filter away.' : 'Create the first one above.'}
        </EmptyNote>
      ) : (
        <DataTable label="Users" columns={COLUMNS} rows={found} keyOf={({ username }) => username} />
      )}
      <ListFoot
        text={found === undefined ? '' : usersText(found.length, users.hasNextPage)}
        onMore={users.hasNextPage ? () => void users.fetchNextPage() : undefined}
        isLoading={users.isFetchingNextPage}
      />
    </>
  );
}

// Whoever has just lost the permission is answered less than this page is about.
function wholeUsers({ users }: UsersPage): AccountView[] {
  return users.filter((user): user is AccountView => 'status' in user);
}

function usersText(count: number, isMore: boolean): string {
  const users = `${numberText(count)} ${count === 1 ? 'user' : 'users'}`;
  return isMore ? `The first ${users} by name` : users;
}

function NameCell({ user: { username, must_change_password } }: { readonly user: AccountView }) {
  return (
    <Group gap="xs">
      <Anchor component={Link} href={userPath(username)} inherit>
        <bdi>{username}</bdi>
      </Anchor>
      {must_change_password ? (
        <Badge variant="outline" color="yellow" tt="none" c="var(--mantine-color-text)">
          one-time password
        </Badge>
      ) : null}
    </Group>
  );
}

function Foreign({ text }: { readonly text: string }) {
  return text === '' ? <Dimmed>–</Dimmed> : <bdi>{text}</bdi>;
}
