import { Button, Text, Textarea, TextInput } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconSend } from '@tabler/icons-react';
import { type KeyboardEvent, useState } from 'react';
import { topic as topicRule } from '../../../../protocol/stored-messages.js';
import type { StoredCounts } from '../../../api/messages/bulk-answers.js';
import { GatherError } from '../../../api/gather-error.js';
import { type MessageDraft, useConsole, useStore } from '../../app/console-context.js';
import { ErrorNote } from '../../parts/error-note.js';
import { numberText } from '../../parts/words.js';
import classes from '../messages-page.module.css';
import { useSending } from './use-sending.js';

type Draft = MessageDraft;

/** Sends a message. What was typed stays until it is stored. */
export function SendMessage() {
  const { messageDraft } = useConsole();
  const draft = useStore(messageDraft);
  const setDraft = messageDraft.set;
  const hasKeys = useMediaQuery('(hover: hover)');
  const [wrong, setWrong] = useState<Partial<Draft>>({});
  const sending = useSending(({ message }) => {
    const typed = messageDraft.get();
    if (typed.message === message) setDraft({ ...typed, message: '' });
  });
  const send = (event: { preventDefault: () => void }): void => {
    event.preventDefault();
    const problems = problemsOf(draft);
    setWrong(problems);
    if (Object.keys(problems).length > 0 || sending.isPending) return;
    const { message, topic } = draft;
    sending.mutate({ message, topic: topic === '' ? undefined : topic });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send(event);
  };
  return (
    <form onSubmit={send} onKeyDown={onKeyDown} aria-label="Send a message" className={classes['send']}>
      <Textarea
        className={classes['sendText']}
        label="Message to send"
        placeholder={hasKeys ? 'Ctrl+Enter sends' : undefined}
        autosize
        minRows={1}
        maxRows={6}
        value={draft.message}
        error={wrong.message}
        onChange={(event) => {
          setDraft({ ...draft, message: event.currentTarget.value });
        }}
      />
      <TextInput
        className={classes['sendTopic']}
        label="Its topic"
        placeholder="none"
        value={draft.topic}
        error={wrong.topic}
        onChange={(event) => {
          setDraft({ ...draft, topic: event.currentTarget.value });
        }}
      />
      <Button
        type="submit"
        className={classes['sendButton']}
        loading={sending.isPending}
        leftSection={<IconSend size={16} aria-hidden />}
      >
        Send
      </Button>
      <Outcome stored={sending.data} error={sending.error} />
    </form>
  );
}

function problemsOf({ message, topic }: Draft): Partial<Draft> {
  const wrong = topic === '' ? undefined : topicRule.safeParse(topic).error?.issues[0];
  return {
    ...(message === '' ? { message: 'Type a message first.' } : {}),
    ...(wrong === undefined ? {} : { topic: `It ${wrong.message}.` }),
  };
}

interface OutcomeProps {
  readonly stored: StoredCounts | undefined;
  readonly error: unknown;
}

function Outcome({ stored, error }: OutcomeProps) {
  return (
    <div className={classes['sendOutcome']}>
      <Text size="sm" c="dimmed" role="status">
        {stored === undefined ? '' : storedText(stored)}
      </Text>
      <ErrorNote error={error} />
      {isInDoubt(error) ? (
        <Text size="sm" c="dimmed">
          It may have been stored. Send it again: it is there once then.
        </Text>
      ) : null}
    </div>
  );
}

function storedText({ last }: StoredCounts): string {
  return last === null
    ? 'It was stored already, and is there once.'
    : `Stored as number ${numberText(last)}.`;
}

function isInDoubt(error: unknown): boolean {
  return error instanceof GatherError && error.kind === 'unknown_outcome';
}
