import { Badge, Tooltip } from '@mantine/core';
import { useEffect, useState } from 'react';
import { isTokenRefused } from '../../api/token-refused.js';
import { useFeed } from '../feed/use-feed.js';
import { ErrorNote } from '../parts/error-note.js';
import { usePermissionLookup } from '../feed/use-permission-lookup.js';
import { wordsOf } from '../parts/words.js';
import { followByAsking } from './asked-live.js';
import type { MessageFilter } from './message-filter.js';
import { type AskMessages, useIsLoggedIn } from './use-messages.js';
import type { MessageView } from './window/message-view.js';

const ASK_EVERY_MS = 2_000;

interface LiveStateProps {
  readonly view: MessageView;
  readonly filter: MessageFilter;
  readonly ask: AskMessages;
  readonly mayAsk: boolean;
}

/** Has the view told of what comes over the feed, and says how that fares. */
export function LiveByFeed(props: LiveStateProps) {
  const { view, filter, mayAsk } = props;
  const state = useFeed({
    wanted: filter,
    onEvents: view.onLive,
    lastSeen: () => view.lastSeen()?.toString(),
  });
  usePermissionLookup(state);
  switch (state.kind) {
    case 'live':
      return <StateBadge color="green" text="Live" hint="Messages appear as soon as they are stored." />;
    case 'connecting':
      return <StateBadge color="gray" text="Connecting" hint="The feed is being opened." />;
    case 'lost':
      return <StateBadge color="red" text="Reconnecting" hint="Nothing will be missing afterwards." />;
    case 'refused':
      if (isTokenRefused(state.error) || !mayAsk)
        return <StateBadge color="gray" text="Stopped" hint={wordsOf(state.error)} />;
      return <LiveByAsking {...props} why={wordsOf(state.error)} />;
  }
}

/** The same by asking again and again. @param why - the feed is not followed */
export function LiveByAsking({ view, ask, why }: LiveStateProps & { readonly why: string }) {
  const [isAnswered, setAnswered] = useState<boolean>();
  const [tries, setTries] = useState(0);
  const [refusal, setRefusal] = useState<unknown>();
  const isLoggedIn = useIsLoggedIn();
  useEffect(() => {
    if (!isLoggedIn) return undefined;
    const stop = new AbortController();
    void followByAsking({
      ask,
      lastSeen: view.lastSeen(),
      onEvents: view.onLive,
      onAsked: setAnswered,
      everyMs: ASK_EVERY_MS,
      stop: stop.signal,
    }).catch((error: unknown) => {
      if (!stop.signal.aborted) setRefusal(error);
    });
    return () => {
      stop.abort();
      setAnswered(undefined);
      setRefusal(undefined);
    };
  }, [view, ask, isLoggedIn, tries]);
  if (refusal !== undefined)
    return (
      <ErrorNote
        error={refusal}
        onRetry={() => {
          setTries(tries + 1);
        }}
      />
    );
  if (isAnswered === undefined) return <StateBadge color="gray" text="Connecting" hint={why} />;
  if (!isAnswered)
    return <StateBadge color="red" text="Reconnecting" hint="Nothing will be missing afterwards." />;
  return <StateBadge color="green" text="Every 2 s" hint={why} />;
}

function StateBadge({
  color,
  text,
  hint,
}: {
  readonly color: string;
  readonly text: string;
  readonly hint: string;
}) {
  return (
    <Tooltip label={hint} multiline maw={260} events={{ hover: true, focus: true, touch: true }}>
      <Badge color={color} variant="dot" size="lg" role="status" tt="none" fw={500}>
        {text}
      </Badge>
    </Tooltip>
  );
}
