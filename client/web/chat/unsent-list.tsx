import { Button, Group, Paper, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useStore } from '../app/console-context.js';
import { wordsOf } from '../parts/words.js';
import { useChat } from './chat-context.js';
import classes from './unsent-list.module.css';
import type { Unsent } from './model/outbox.js';

const SLOW_MS = 400;

/** What was entered and is not sent, with what to do about it. */
export function UnsentList() {
  const unsent = useShown(useStore(useChat().outbox.unsent));
  return (
    <div role="status" aria-label="Not sent yet" className={classes['list']}>
      {unsent.length === 0 ? null : (
        <ul>
          {unsent.map((each) => (
            <li key={each.id}>
              <UnsentMessage unsent={each} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

// Most messages are sent before anybody could read that they are under way.
function useShown(unsent: readonly Unsent[]): readonly Unsent[] {
  const [slow, setSlow] = useState<number>();
  const sending = unsent.find(({ state }) => state === 'sending')?.id;
  useEffect(() => {
    if (sending === undefined) return undefined;
    const timer = setTimeout(setSlow, SLOW_MS, sending);
    return () => {
      clearTimeout(timer);
    };
  }, [sending]);
  return sending === undefined || sending === slow ? unsent : [];
}

function UnsentMessage({ unsent }: { readonly unsent: Unsent }) {
  const { outbox, draft } = useChat();
  const { id, text, state } = unsent;
  const takeBack = (): void => {
    const typed = draft.get();
    draft.set(typed === '' ? text : `${text}\n${typed}`);
    outbox.remove(id);
  };
  const hasFailed = state === 'refused' || state === 'in doubt';
  return (
    <Paper withBorder px="sm" py={6}>
      <Text size="sm" lineClamp={3} className={classes['text']}>
        <bdi>{text.slice(0, 500)}</bdi>
      </Text>
      <Group justify="space-between" gap="xs">
        <Text size="xs" c={hasFailed ? 'var(--mantine-color-error)' : 'dimmed'}>
          {whyOf(unsent)}
        </Text>
        {state === 'sending' ? null : (
          <Group gap="xs">
            {hasFailed ? (
              <Button
                size="compact-sm"
                variant="default"
                onClick={() => {
                  outbox.again(id);
                }}
              >
                Send again
              </Button>
            ) : null}
            <Button size="compact-sm" variant="default" onClick={takeBack}>
              Take back
            </Button>
          </Group>
        )}
      </Group>
    </Paper>
  );
}

function whyOf({ state, error }: Unsent): string {
  switch (state) {
    case 'sending':
      return 'Sending …';
    case 'waiting':
      return 'Not sent yet: it waits until it can be.';
    case 'refused':
      return `Not sent. ${wordsOf(error)}`;
    case 'in doubt':
      return 'No answer came: it may or may not have been sent. See whether it stands above before you send it again.';
  }
}
