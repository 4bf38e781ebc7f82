import { Badge, Group, Text } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import { isTokenRefused } from '../../api/token-refused.js';
import { useStore } from '../app/console-context.js';
import { useFeed } from '../feed/use-feed.js';
import { ErrorNote } from '../parts/error-note.js';
import { usePermissionLookup } from '../feed/use-permission-lookup.js';
import { numberText, wordsOf } from '../parts/words.js';
import { followByAsking } from './asked-live.js';
import type { MessageFilter } from './message-filter.js';
import { type AskMessages, useIsLoggedIn } from './use-messages.js';
import { FeedLag } from './window/feed-lag.js';
import type { MessageView } from './window/message-view.js';

const ASK_EVERY_MS = 2_000;
const LOOK_EVERY_MS = 1_000;

const COMES_BACK = 'Nothing will be missing afterwards.';

interface LiveStateProps {
  readonly view: MessageView;
  readonly filter: MessageFilter;
  readonly ask: AskMessages;
  readonly mayAsk: boolean;
}

/** Has the view told of what comes over the feed, and says how that fares. */
export function LiveByFeed(props: LiveStateProps) {
  const { view, filter, mayAsk } = props;
  const [lag] = useState(() => new FeedLag());
  const state = useFeed({
    wanted: filter,
    onEvents: (events) => {
      lag.take(events, Date.now());
      view.onLive(events);
    },
    lastSeen: () => view.lastSeen()?.toString(),
  });
  usePermissionLookup(state);
  switch (state.kind) {
    case 'live':
      return (
        <FollowingNote view={view}>
          <LiveNote lag={lag} />
        </FollowingNote>
      );
    case 'connecting':
      return <StateBadge color="gray" text="Connecting" hint="The feed is being opened." />;
    case 'lost':
      return <StateBadge color="red" text="Reconnecting" hint={COMES_BACK} />;
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
  if (!isAnswered) return <StateBadge color="red" text="Reconnecting" hint={COMES_BACK} />;
  return (
    <FollowingNote view={view}>
      <StateBadge color="green" text="Every 2 s" hint={why} />
    </FollowingNote>
  );
}

function LiveNote({ lag }: { readonly lag: FeedLag }) {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => {
      setSeconds(lag.secondsAt(Date.now()));
    }, LOOK_EVERY_MS);
    return () => {
      clearInterval(timer);
    };
  }, [lag]);
  if (seconds === 0)
    return <StateBadge color="green" text="Live" hint="Messages appear as soon as they are stored." />;
  return (
    <>
      <StateBadge color="yellow" text="Behind" hint="More messages come than can be shown at once." />
      <Text size="sm">The last one was stored {numberText(seconds)} s ago.</Text>
    </>
  );
}

interface FollowingNoteProps {
  readonly view: MessageView;
  /** How what comes fares. */
  readonly children: ReactNode;
}

// What comes is of no interest to whoever looks elsewhere.
function FollowingNote({ view, children }: FollowingNoteProps) {
  const { mode } = useStore(view.state);
  if (mode === 'following') return children;
  return mode === 'paused' ? (
    <StateBadge color="gray" text="Paused" hint="The list stays as it is." />
  ) : (
    <StateBadge color="gray" text="Not following" hint="You are looking at what came before." />
  );
}

interface StateBadgeProps {
  readonly color: string;
  readonly text: string;
  readonly hint: string;
}

function StateBadge({ color, text, hint }: StateBadgeProps) {
  return (
    <Group role="status" gap="xs">
      <Badge color={color} variant="dot" size="lg" tt="none" fw={500}>
        {text}
      </Badge>
      <Text size="sm" c="dimmed">
        {hint}
      </Text>
    </Group>
  );
}
