import { type InfiniteData, keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import type { AuditPage } from '../../../../protocol/audit.js';
import { BROWSER_SESSION } from '../../../api/credential.js';
import { useConsole } from '../../app/console-context.js';
import type { AuditView } from './use-audit-view.js';

const LOOK_EVERY_MS = 10_000;

type Pages = InfiniteData<AuditPage, number | undefined>;

/**
 * The lines, page by page, newest first.
 *
 * @param isFollowing - whether new lines are looked for; not once there is more than one page
 */
export function useAuditLines(view: AuditView, isFollowing: boolean) {
  const { server } = useConsole();
  const queries = useQueryClient();
  const { before: first, ...filter } = view;
  const queryKey = ['audit', view] as const;
  const mayLook = (data: Pick<Pages, 'pages'> | undefined): boolean =>
    isFollowing && (data?.pages.length ?? 1) === 1;
  const lines = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam: before }) => server.administration.audit(BROWSER_SESSION, { ...filter, before }),
    initialPageParam: first,
    getNextPageParam: ({ next }) => next ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (mayLook(state.data) ? LOOK_EVERY_MS : false),
    refetchOnWindowFocus: ({ state }) => mayLook(state.data),
  });
  const showNewest = (): void => {
    queries.setQueryData<Pages>(queryKey, (data) => data && firstOf(data));
    void lines.refetch();
  };
  return { ...lines, isLooking: mayLook(lines.data), showNewest };
}

function firstOf({ pages, pageParams }: Pages): Pages {
  return { pages: pages.slice(0, 1), pageParams: pageParams.slice(0, 1) };
}
