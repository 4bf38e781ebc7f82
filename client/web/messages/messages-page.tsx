import { Button, Text } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { type ReactNode, useMemo, useState } from 'react';
import { useSearchParams } from 'wouter';
import { BROWSER_SESSION } from '../../api/credential.js';
import { useConsole, useMember, usePermission, useStore } from '../app/console-context.js';
import { PageFrame } from '../parts/page-frame.js';
import { DownloadMenu, DownloadNote, useDownload } from './download/download-messages.js';
import { FilterBar } from './filter-bar.js';
import { JumpTo } from './jump-to.js';
import { LiveByAsking, LiveByFeed } from './live-state.js';
import { MessageDetail, type ReadMessage } from './message-detail.js';
import { filterIn, type MessageFilter, placeIn, placeText, queryOf, typedIn } from './message-filter.js';
import { MessageList } from './message-list.js';
import classes from './messages-page.module.css';
import { readMessage, readMessageByFeed } from './read-message.js';
import { SendMessage } from './send-message.js';
import { type AskMessages, useAskMessages, useMessageView } from './use-messages.js';
import type { MessageView, Place } from './window/message-view.js';
import type { RecordRow } from './window/row.js';

/** Messages: live, and back through all that are stored. */
export function MessagesPage() {
  const [query, setQuery] = useSearchParams();
  const sight = useSight();
  const filter = within(sight, filterIn(query));
  const ask = useAskMessages(filter);
  const mayAsk = sight !== 'live';
  const view = useMessageView({ ask, mayAsk, start: placeIn(query) });
  const download = useDownload(ask, view);
  const [opened, setOpened] = useState<RecordRow>();
  const jump = (place: Place): void => {
    if (!mayAsk) return;
    setQuery(queryOf(filter, placeText(place)), { replace: true });
    void view.jumpTo(place);
  };
  const showFiltered = (changed: MessageFilter): void => {
    setQuery(queryOf(changed));
  };
  const toNewest = (): void => {
    setQuery(queryOf(filter), { replace: true });
    view.follow();
  };
  const actions = (
    <>
      <LiveState {...{ view, ask, mayAsk, filter, sight }} />
      <PauseButton view={view} onFollow={toNewest} />
      {mayAsk ? <JumpTo onJump={jump} /> : null}
      {mayAsk ? <DownloadMenu download={download} /> : null}
    </>
  );
  const canSend = usePermission('messages:write');
  return (
    <PageFrame title="Messages" actions={actions} isFilling>
      <SightNote sight={sight} />
      <FilterBar filter={within(sight, typedIn(query))} hasUsers={sight !== 'own'} onChange={showFiltered} />
      <DownloadNote download={download} />
      <Filling>
        <MessageList
          key={keyOf(filter)}
          {...{ view, canSend }}
          isFiltered={queryOf(filter).size > 0}
          onOpen={setOpened}
          onOldest={() => {
            jump({ seq: 1 });
          }}
          onNewest={toNewest}
        />
        {canSend ? <SendMessage /> : null}
      </Filling>
      <MessageDetail
        row={opened}
        read={useReadMessage(ask, mayAsk, filter)}
        onClose={() => {
          setOpened(undefined);
        }}
      />
    </PageFrame>
  );
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
        : 'Messages appear here as they come. To look at earlier ones, the permission messages:read is needed.'}
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
  const isFollowing = useStore(view.state).mode === 'following';
  const Icon = isFollowing ? IconPlayerPause : IconPlayerPlay;
  return (
    <Button
      variant="default"
      size="xs"
      leftSection={<Icon size={16} aria-hidden />}
      onClick={isFollowing ? view.pause : onFollow}
    >
      {isFollowing ? 'Pause' : 'Resume'}
    </Button>
  );
}
