import { Button, Text } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { type ReactNode, useMemo, useState } from 'react';
import { BROWSER_SESSION } from '../../api/credential.js';
import { useConsole, useMember, usePermission, useStore } from '../app/console-context.js';
import { PageFrame } from '../parts/page-frame.js';
import { DownloadMenu, DownloadNote, useDownload } from './download/download-messages.js';
import { FilterBar, FilterToggle } from './filter-bar.js';
import { JumpTo } from './jump-to.js';
import { LiveByAsking, LiveByFeed } from './live-state.js';
import { MessageDetail, type ReadMessage } from './detail/message-detail.js';
import { filterIn, filterProblems, queryOf } from './message-filter.js';
import { MessageList } from './message-list.js';
import classes from './messages-page.module.css';
import { readMessage, readMessageByFeed } from './detail/read-message.js';
import { SendMessage } from './sending/send-message.js';
import { type Looking, type Sight, useLooking } from './use-looking.js';
import type { MessageView } from './window/message-view.js';

/** Messages: live, and back through all that are stored. */
export function MessagesPage() {
  const looking = useLooking();
  const { sight, filter, typed, ask, mayAsk, view } = looking;
  const download = useDownload(ask, view);
  const canSend = usePermission('messages:write');
  const [isUnfolded, setUnfolded] = useState(Object.keys(filterProblems(typed, typed)).length > 0);
  const actions = (
    <>
      <PauseButton view={view} onFollow={looking.follow} />
      {mayAsk ? (
        <>
          <JumpTo onJump={looking.jump} />
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
        onChange={looking.showFiltered}
      />
      <DownloadNote download={download} />
      <Filling>
        <MessageList
          key={queryOf(filter).toString()}
          {...{ view, canSend }}
          live={<LiveState {...looking} />}
          place={looking.list}
          shown={looking.opened}
          isFiltered={queryOf(filter).size > 0}
          onOpen={looking.open}
          onOldest={looking.toOldest}
          onNewest={looking.toNewest}
        />
        {canSend ? <SendMessage /> : null}
      </Filling>
      <MessageDetail
        {...{ view, filter }}
        seq={looking.opened}
        read={useReadMessage(looking)}
        hasUsers={sight !== 'own'}
        onShow={looking.show}
        onClose={looking.close}
        onNarrow={looking.narrow}
      />
    </PageFrame>
  );
}

function useReadMessage({ ask, mayAsk, filter }: Looking): ReadMessage {
  const { feed } = useConsole().server;
  const key = queryOf(filter).toString();
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

// The feed shows no more than the past does.
function LiveState({ filter, sight, view, ask, mayAsk }: Looking) {
  const { account } = useMember();
  const key = queryOf(filter).toString();
  const wanted = sight === 'own' ? { ...filter, user: account.username } : filter;
  if (usePermission('feed:read')) return <LiveByFeed key={key} filter={wanted} {...{ view, ask, mayAsk }} />;
  const why =
    'To see messages at once, the permission feed:read is needed. They are asked for every two seconds.';
  return <LiveByAsking key={key} filter={wanted} why={why} {...{ view, ask, mayAsk }} />;
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
