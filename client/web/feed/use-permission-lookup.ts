import { useEffect } from 'react';
import { GatherError } from '../../api/gather-error.js';
import { useConsole } from '../app/console-context.js';
import type { FeedState } from './use-feed.js';

/** Has it found out what is permitted now, where a feed was closed for a permission that is missing. */
export function usePermissionLookup(state: FeedState): void {
  const { session } = useConsole();
  const error = state.kind === 'refused' ? state.error : undefined;
  useEffect(() => {
    if (error instanceof GatherError && error.problem?.code === 'permission.missing')
      session.onPermissionMissing();
  }, [session, error]);
}
