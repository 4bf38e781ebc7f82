import {
  type InfiniteData,
  keepPreviousData,
  type QueryClient,
  useInfiniteQuery,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import type { EmployeesPage, MaskedEmployee } from '../../../protocol/employees.js';
import { BROWSER_SESSION } from '../../api/credential.js';
import { useConsole } from '../app/console-context.js';

// Each reading of a list has its line in the audit log: it is not read anew for nothing.
const SELDOM = { staleTime: 30_000, refetchOnWindowFocus: false } as const;
const EMPLOYEES = ['employees'] as const;
const LISTS = [...EMPLOYEES, 'list'] as const;
const PAGE = 100;

/** The employees with this in their names or as their number, masked, page by page. */
export function useEmployeeList(search: string) {
  const { server } = useConsole();
  return useInfiniteQuery({
    ...SELDOM,
    queryKey: [...LISTS, search],
    placeholderData: keepPreviousData,
    queryFn: ({ pageParam: cursor }) =>
      server.employees.list(BROWSER_SESSION, {
        ...(search === '' ? {} : { search }),
        limit: PAGE,
        ...(cursor === undefined ? {} : { cursor }),
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
  });
}

/** One employee, masked; null where there is none of this number. It leaves no line that it was read. */
export function useMaskedEmployee(id: number) {
  const { server } = useConsole();
  const queries = useQueryClient();
  return useQuery({
    ...SELDOM,
    queryKey: [...EMPLOYEES, 'one', id],
    // The first one of a list that begins behind the number before.
    queryFn: async () => {
      const filter = { cursor: String(id - 1), limit: 1 };
      const { employees } = await server.employees.list(BROWSER_SESSION, filter);
      return employees.find((one) => one.id === id) ?? null;
    },
    initialData: () => listed(queries, id)?.employee,
    initialDataUpdatedAt: () => listed(queries, id)?.at,
  });
}

/** Has everything about employees read anew. */
export function useEmployeesChanged(): () => void {
  const queries = useQueryClient();
  return () => {
    void queries.invalidateQueries({ queryKey: EMPLOYEES });
  };
}

interface Listed {
  readonly employee: MaskedEmployee;
  /** When it was, in milliseconds since the epoch. */
  readonly at: number;
}

// As a list has shown it that still holds.
function listed(queries: QueryClient, id: number): Listed | undefined {
  for (const [key, list] of queries.getQueriesData<InfiniteData<EmployeesPage>>({ queryKey: LISTS })) {
    const employee = list?.pages.flatMap(({ employees }) => employees).find((one) => one.id === id);
    const state = queries.getQueryState(key);
    if (employee !== undefined && state?.isInvalidated === false)
      return { employee, at: state.dataUpdatedAt };
  }
  return undefined;
}
