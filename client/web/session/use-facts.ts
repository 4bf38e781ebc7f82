import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { ConsoleFacts } from '../../../protocol/console.js';
import { useConsole } from '../app/console-context.js';

/** What has to be known before anybody has logged in. */
export function useFacts(): UseQueryResult<ConsoleFacts> {
  const { server } = useConsole();
  return useQuery({ queryKey: ['facts'], queryFn: () => server.console.facts() });
}
