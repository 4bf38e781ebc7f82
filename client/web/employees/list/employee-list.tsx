import { Anchor, Stack, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { MaskedEmployee } from '../../../../protocol/employees.js';
import { usePermission } from '../../app/console-context.js';
import { type Column, DataTable } from '../../parts/data-table.js';
import { EmptyNote } from '../../parts/empty-note.js';
import { ErrorNote } from '../../parts/error-note.js';
import { SearchField } from '../../parts/forms/search-field.js';
import { ListFoot } from '../../parts/list-foot.js';
import { LoadingNote } from '../../parts/loading-note.js';
import { TimeText } from '../../parts/text/time-text.js';
import { numberText } from '../../parts/words.js';
import { useEmployeeList } from '../employee-queries.js';
import { useSearchText } from './use-search-text.js';

const MOST_CHARACTERS = 201;

const COLUMNS: readonly Column<MaskedEmployee>[] = [
  { title: 'Number', cell: ({ id }) => id },
  {
    title: 'Name',
    cell: ({ id, first_name: first, last_name: last }) => (
      <Anchor component={Link} href={`/${String(id)}`} size="sm">
        <bdi>{`${first} ${last}`}</bdi>
      </Anchor>
    ),
  },
  { title: 'SSN', cell: ({ ssn }) => <Masked text={ssn} /> },
  { title: 'Date of birth', cell: ({ date_of_birth: text }) => <Masked text={text} /> },
  { title: 'Salary', cell: ({ salary }) => <Masked text={salary} /> },
  { title: 'Changed', cell: ({ updated_at: time }) => <Unbroken time={time} /> },
];

/** A value of which not everything is shown. */
export function Masked({ text }: { readonly text: string }) {
  return (
    <Text span ff="monospace" size="sm" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
      {text}
    </Text>
  );
}

function Unbroken({ time }: { readonly time: string }) {
  return (
    <Text span size="sm" style={{ whiteSpace: 'nowrap' }}>
      <TimeText time={time} />
    </Text>
  );
}

/** All employees, masked, and the search for some. */
export function EmployeeList() {
  const [search, setSearch] = useSearchText();
  const list = useEmployeeList(search);
  const employees = list.data?.pages.flatMap((page) => page.employees) ?? [];
  return (
    <Stack>
      <SearchField
        description="A part of first and last name, or a number"
        w={{ base: '100%', sm: 380 }}
        maxLength={MOST_CHARACTERS}
        text={search}
        onSearch={setSearch}
      />
      <ErrorNote
        error={list.error}
        onRetry={() => {
          void list.refetch();
        }}
      />
      {list.isPending ? <LoadingNote /> : null}
      {list.isSuccess && employees.length === 0 ? <NoEmployees search={search} /> : null}
      {employees.length === 0 ? null : (
        <>
          <DataTable label="Employees" columns={COLUMNS} rows={employees} keyOf={({ id }) => id} />
          <ListFoot
            text={employeesText(employees.length, list.hasNextPage)}
            onMore={list.hasNextPage ? () => void list.fetchNextPage() : undefined}
            isLoading={list.isFetchingNextPage}
          />
        </>
      )}
    </Stack>
  );
}

function employeesText(count: number, hasMore: boolean): string {
  if (hasMore) return `The first ${numberText(count)} are shown.`;
  return count === 1 ? 'One employee.' : `${numberText(count)} employees.`;
}

function NoEmployees({ search }: { readonly search: string }) {
  const mayAdd = usePermission('employees:add');
  if (search !== '')
    return (
      <EmptyNote title="Nobody is found">
        Search for a shorter part of the name, or for the whole number.
      </EmptyNote>
    );
  return (
    <EmptyNote title="There are no employees">
      {mayAdd
        ? 'Add the first one, or import a file.'
        : 'They appear here as soon as somebody has added them.'}
    </EmptyNote>
  );
}
