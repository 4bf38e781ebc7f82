import { Alert } from '@mantine/core';
import { IconEyeOff } from '@tabler/icons-react';
import { useEffect } from 'react';
import { useStore } from '../app/console-context.js';
import { ErrorNote } from '../parts/error-note.js';
import { PageFrame } from '../parts/page-frame.js';
import { useFacts } from '../session/use-facts.js';
import { useChat } from './chat-context.js';
import classes from './chat-page.module.css';
import { Composer } from './composer.js';
import { Conversation } from './conversation.js';
import { PresentList } from './present-list.js';
import { UnsentList } from './unsent-list.js';

/** The chat. */
export function ChatPage() {
  const { log } = useChat();
  useEffect(() => {
    // At once, not when the page is next rendered: what comes right after it was hidden is unread.
    const look = (): void => {
      log.watch(document.visibilityState === 'visible');
    };
    look();
    document.addEventListener('visibilitychange', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
      log.watch(false);
    };
  }, [log]);
  return (
    <PageFrame title="Chat">
      <div className={classes['page']}>
        <PresentList />
        <div className={classes['talk']}>
          <RecordingNote />
          <Conversation />
          <FeedNote />
          <UnsentList />
          <Composer />
        </div>
      </div>
    </PageFrame>
  );
}

function RecordingNote() {
  const { data } = useFacts();
  if (data?.is_chat_recorded !== false) return null;
  return (
    <Alert color="yellow" icon={<IconEyeOff aria-hidden />} py="xs">
      The chat is not recorded here: who is there reads what is said, and nobody can read it later.
    </Alert>
  );
}

function FeedNote() {
  const { feed, tries } = useChat();
  const state = useStore(feed);
  if (state.kind === 'refused') {
    const retry = (): void => {
      tries.set(tries.get() + 1);
    };
    return <ErrorNote error={state.error} onRetry={retry} />;
  }
  return (
    <div role="status" className={classes['note']}>
      {state.kind === 'lost' ? 'Not connected. Trying again; nothing that is recorded is missed.' : null}
    </div>
  );
}
