import { Button, Text } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { useSearchParams } from 'wouter';
import type { StoredRecord } from '../../../protocol/stored-messages.js';
import { useMember, usePermission, useStore } from '../app/console-context.js';
import { PageFrame } from '../parts/page-frame.js';
import { DownloadMenu, DownloadNote, useDownload } from './download/download-messages.js';
import { FilterBar } from './filter-bar.js';
import { JumpTo } from './jump-to.js';
import { LiveByAsking, LiveByFeed } from './live-state.js';
import { MessageDetail } from './message-detail.js';
import { filterIn, type MessageFilter, placeIn, placeOf, queryOf } from './message-filter.js';
import { MessageList } from './message-list.js';
import classes from './messages-page.module.css';
import { SendMessage } from './send-message.js';
import { type AskMessages, useAskMessages, useMessageView } from './use-messages.js';
import type { MessageView } from './window/message-view.js';

/** Messages: live, and back through all that are stored. */
export function MessagesPage() {
  const [query, setQuery] = useSearchParams();
  const readsAll = usePermission('messages:read');
  const { user, ...about } = filterIn(query);
  const filter = readsAll ? { user, ...about } : about;
  const ask = useAskMessages(filter);
  const view = useMessageView(ask, placeIn(query));
  const download = useDownload(ask, view);
  const [opened, setOpened] = useState<StoredRecord>();
  const jump = (text: string): void => {
    const place = placeOf(text);
    if (place === undefined) return;
    setQuery(queryOf(filter, text), { replace: true });
    void view.jumpTo(place);
  };
  const toNewest = (): void => {
    setQuery(queryOf(filter), { replace: true });
    view.follow();
  };
  const showFiltered = (changed: MessageFilter): void => {
    setQuery(queryOf(changed));
  };
  const actions = (
    <>
      <LiveState view={view} ask={ask} filter={filter} readsAll={readsAll} />
      <PauseButton view={view} onFollow={toNewest} />
      <JumpTo onJump={jump} />
      <DownloadMenu download={download} />
    </>
  );
  return (
    <PageFrame title="Messages" actions={actions} isFilling>
      {readsAll ? null : <OwnOnlyNote />}
      <FilterBar filter={filter} hasUsers={readsAll} onChange={showFiltered} />
      <DownloadNote download={download} />
      <Filling>
        <MessageList
          key={keyOf(filter)}
          view={view}
          isFiltered={queryOf(filter).size > 0}
          onOpen={({ record }) => {
            setOpened(record);
          }}
          onOldest={() => {
            jump('1');
          }}
          onNewest={toNewest}
        />
        {usePermission('messages:write') ? <SendMessage /> : null}
      </Filling>
      <MessageDetail
        record={opened}
        onClose={() => {
          setOpened(undefined);
        }}
      />
    </PageFrame>
  );
}

function OwnOnlyNote() {
  return (
    <Text size="sm" c="dimmed">
      These are your own messages. To see those of others, the permission messages:read is needed.
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
  readonly filter: MessageFilter;
  readonly readsAll: boolean;
}

// The feed shows no more than the past does.
function LiveState({ filter, readsAll, ...props }: LiveStateProps) {
  const { account } = useMember();
  const key = keyOf(filter);
  const wanted = readsAll ? filter : { ...filter, user: account.username };
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
