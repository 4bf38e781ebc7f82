import { Button, Text } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { type ReactNode, type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import { useSearchParams } from 'wouter';
import { BROWSER_SESSION } from '../../api/credential.js';
import { useConsole, useMember, usePermission, useStore } from '../app/console-context.js';
import { PageFrame } from '../parts/page-frame.js';
import { DownloadMenu, DownloadNote, useDownload } from './download/download-messages.js';
import { FilterBar, FilterToggle } from './filter-bar.js';
import { JumpTo } from './jump-to.js';
import { LiveByAsking, LiveByFeed } from './live-state.js';
import { MessageDetail, type ReadMessage } from './message-detail.js';
import {
  filterIn,
  filterProblems,
  type MessageFilter,
  placeIn,
  placeText,
  queryOf,
  typedIn,
} from './message-filter.js';
import { MessageList } from './message-list.js';
import classes from './messages-page.module.css';
import { useOpenedMessage } from './opened-message.js';
import { readMessage, readMessageByFeed } from './read-message.js';
import { SendMessage } from './send-message.js';
import { type AskMessages, useAskMessages, useMessageView } from './use-messages.js';
import type { MessageView, Place } from './window/message-view.js';

/** Messages: live, and back through all that are stored. */
export function MessagesPage() {
  const [query, setQuery] = useSearchParams();
  const sight = useSight();
  const filter = within(sight, filterIn(query));
  const ask = useAskMessages(filter);
  const mayAsk = sight !== 'live';
  const opened = useOpenedMessage();
  const view = useMessageView({ ask, mayAsk, start: placeIn(query) ?? placeOfRecord(opened.seq) });
  const download = useDownload(ask, view);
  const list = useRef<HTMLDivElement>(null);
  const focusList = useFocusOn(list);
  const jump = (place: Place): void => {
    if (!mayAsk) return;
    setQuery(queryOf(filter, placeText(place)), { replace: true });
    void view.jumpTo(place);
    focusList();
  };
  const toNewest = (): void => {
    setQuery(queryOf(filter), { replace: true });
    view.follow();
  };
  const canSend = usePermission('messages:write');
  const typed = within(sight, typedIn(query));
  const [isUnfolded, setUnfolded] = useState(Object.keys(filterProblems(typed, typed)).length > 0);
  const actions = (
    <>
      <PauseButton view={view} onFollow={toNewest} />
      {mayAsk ? (
        <>
          <JumpTo onJump={jump} />
          <DownloadMenu download={download} />
        </>
      ) : null}
      <FilterToggle filter={typed} {...{ isUnfolded, setUnfolded }} />
    </>
  );
  return (
    <PageFrame title="Messages" actions={actions} isFilling>
      <SightNote sight={sight} />
      <FilterBar
        filter={typed}
        hasUsers={sight !== 'own'}
        isUnfolded={isUnfolded}
        onChange={(changed) => {
          setQuery(queryOf(changed));
        }}
      />
      <DownloadNote download={download} />
      <Filling>
        <MessageList
          key={keyOf(filter)}
          {...{ view, canSend }}
          live={<LiveState {...{ view, ask, mayAsk, filter, sight }} />}
          place={list}
          shown={opened.seq}
          isFiltered={queryOf(filter).size > 0}
          onOpen={({ place }) => {
            opened.show(place);
          }}
          onOldest={() => {
            jump({ seq: 1 });
          }}
          onNewest={() => {
            toNewest();
            focusList();
          }}
        />
        {canSend ? <SendMessage /> : null}
      </Filling>
      <MessageDetail
        {...{ view, filter }}
        seq={opened.seq}
        read={useReadMessage(ask, mayAsk, filter)}
        hasUsers={sight !== 'own'}
        onShow={opened.show}
        onClose={() => {
          opened.close();
          focusList();
        }}
        onNarrow={(narrower, seq) => {
          setQuery(queryOf(narrower, mayAsk ? String(seq) : undefined));
          focusList();
        }}
      />
    </PageFrame>
  );
}

function placeOfRecord(seq: number | undefined): Place | undefined {
  return seq === undefined ? undefined : { seq };
}

// Once the page is as it is then: what was focused may be gone.
function useFocusOn(element: RefObject<HTMLElement | null>): () => void {
  const [times, setTimes] = useState(0);
  useEffect(() => {
    if (times > 0) element.current?.focus({ preventScroll: true });
  }, [element, times]);
  return () => {
    setTimes((before) => before + 1);
  };
}

/** What somebody may see: everything, their own messages, or everything from now on. */
type Sight = 'everything' | 'own' | 'live';

function useSight(): Sight {
  const [readsAll, sends] = [usePermission('messages:read'), usePermission('messages:write')];
  if (readsAll) return 'everything';
  return sends ? 'own' : 'live';
}

function within(sight: Sight, { user, ...about }: MessageFilter): MessageFilter {
  return sight === 'own' ? about : { user, ...about };
}

function useReadMessage(ask: AskMessages, mayAsk: boolean, filter: MessageFilter): ReadMessage {
  const { feed } = useConsole().server;
  const key = keyOf(filter);
  return useMemo(() => {
    if (mayAsk) return (seq) => readMessage(ask, seq);
    const wanted = filterIn(new URLSearchParams(key));
    return (seq) => readMessageByFeed((after) => feed.connect(BROWSER_SESSION, { ...wanted, after }), seq);
  }, [ask, mayAsk, feed, key]);
}

function SightNote({ sight }: { readonly sight: Sight }) {
  if (sight === 'everything') return null;
  return (
    <Text size="sm" c="dimmed">
      {sight === 'own'
        ? 'These are your own messages. To see those of others, the permission messages:read is needed.'
        : 'These are the messages that have come since you opened this page. To look further back, the permission messages:read is needed.'}
    </Text>
  );
}

function Filling({ children }: { readonly children: ReactNode }) {
  return <div className={classes['filling']}>{children}</div>;
}

function keyOf(filter: MessageFilter): string {
  return queryOf(filter).toString();
}

interface LiveStateProps {
  readonly view: MessageView;
  readonly ask: AskMessages;
  readonly mayAsk: boolean;
  readonly filter: MessageFilter;
  readonly sight: Sight;
}

// The feed shows no more than the past does.
function LiveState({ filter, sight, ...props }: LiveStateProps) {
  const { account } = useMember();
  const key = keyOf(filter);
  const wanted = sight === 'own' ? { ...filter, user: account.username } : filter;
  if (usePermission('feed:read')) return <LiveByFeed key={key} filter={wanted} {...props} />;
  const why =
    'To see messages at once, the permission feed:read is needed. They are asked for every two seconds.';
  return <LiveByAsking key={key} filter={wanted} why={why} {...props} />;
}

function PauseButton({ view, onFollow }: { readonly view: MessageView; readonly onFollow: () => void }) {
  const isPaused = useStore(view.state).mode === 'paused';
  const Icon = isPaused ? IconPlayerPlay : IconPlayerPause;
  return (
    <Button
      variant="default"
      size="xs"
      className={classes['tool'] ?? ''}
      leftSection={<Icon size={16} aria-hidden />}
      onClick={isPaused ? onFollow : view.pause}
    >
      {isPaused ? 'Resume' : 'Pause'}
    </Button>
  );
}
