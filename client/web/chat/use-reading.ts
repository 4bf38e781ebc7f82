import { useMutation } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { CHAT_TOPIC } from '../../../protocol/feed.js';
import { BROWSER_SESSION } from '../../api/credential.js';
import { useConsole, useStore } from '../app/console-context.js';
import { useChat } from './chat-context.js';
import type { NewerPlace, OlderPlace } from './model/chat-log.js';

const PAGE_MESSAGES = 100;

/** How messages are had that are not among the lines. */
export interface Reading {
  /** Whether there may be more. */
  readonly isMore: boolean;
  readonly error: unknown;
  /** Gets more, unless that is under way, has failed, or there are none. */
  readonly loadMore: () => void;
  /** Tries it again where it has failed. */
  readonly retry: () => void;
}

/** Gets older messages, a page at a time. */
export function useOlder(): Reading {
  const { server } = useConsole();
  const { log } = useChat();
  return useReading(useStore(log.older), async (asked: OlderPlace) => {
    const { before, cursor } = asked;
    const filter = { topic: CHAT_TOPIC, before: String(before), cursor, limit: PAGE_MESSAGES };
    log.takeOlder(asked, await server.messages.query(BROWSER_SESSION, filter));
  });
}

/** Gets messages that are newer than the lines, where they do not go as far as the latest. */
export function useNewer(): Reading {
  const { server } = useConsole();
  const { log } = useChat();
  return useReading(useStore(log.newer), async (asked: NewerPlace) => {
    const { after, cursor } = asked;
    const filter = {
      topic: CHAT_TOPIC,
      after: String(after),
      cursor,
      order: 'oldest' as const,
      limit: PAGE_MESSAGES,
    };
    log.takeNewer(asked, await server.messages.query(BROWSER_SESSION, filter));
  });
}

function useReading<Place>(place: Place | undefined, read: (place: Place) => Promise<void>): Reading {
  const { mutate, isPending, error } = useMutation({ mutationFn: read });
  const retry = useCallback((): void => {
    if (place !== undefined && !isPending) mutate(place);
  }, [place, isPending, mutate]);
  const hasFailed = error !== null;
  return useMemo(() => {
    const loadMore = (): void => {
      if (!hasFailed) retry();
    };
    return { isMore: place !== undefined, error, loadMore, retry };
  }, [place, error, hasFailed, retry]);
}
