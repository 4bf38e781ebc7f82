import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { OverviewRange } from '../../../protocol/overview.js';
import { BROWSER_SESSION } from '../../api/credential.js';
import { useConsole } from '../app/console-context.js';

/** How often each range is asked for, in milliseconds. */
const ASK_EVERY_MS: Readonly<Record<OverviewRange, number>> = { '10m': 1_000, '2h': 5_000, '24h': 30_000 };

/** The overview of a range, again and again for as long as the page is seen. Until there is one, that of the range before it stays. */
export function useOverview(range: OverviewRange) {
  const { server } = useConsole();
  return useQuery({
    queryKey: ['overview', range],
    queryFn: () => server.overview.overview(BROWSER_SESSION, range),
    refetchInterval: ASK_EVERY_MS[range],
    placeholderData: keepPreviousData,
    // All of it is new each time.
    structuralSharing: false,
  });
}
