import { Button, Text, Textarea, TextInput } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconSend } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { type KeyboardEvent, useState } from 'react';
import { topic as topicRule } from '../../../protocol/stored-messages.js';
import { BROWSER_SESSION } from '../../api/credential.js';
import { type MessageDraft, useConsole, useStore } from '../app/console-context.js';
import { ErrorNote } from '../parts/error-note.js';
import { numberText } from '../parts/words.js';
import classes from './messages-page.module.css';

type Draft = MessageDraft;

/** Sends a message. What was typed stays until it is stored. */
export function SendMessage() {
  const { server, messageDraft } = useConsole();
  const draft = useStore(messageDraft);
  const setDraft = messageDraft.set;
  const hasKeys = useMediaQuery('(hover: hover)');
  const [wrong, setWrong] = useState<Partial<Draft>>({});
  const sending = useMutation({
    mutationFn: ({ message, topic }: Draft) =>
      server.messages.sendItems(BROWSER_SESSION, [{ message, topic: topic === '' ? undefined : topic }]),
    onSuccess: (_counts, { message }) => {
      const typed = messageDraft.get();
      if (typed.message === message) setDraft({ ...typed, message: '' });
    },
  });
  const send = (event: { preventDefault: () => void }): void => {
    event.preventDefault();
    const problems = problemsOf(draft);
    setWrong(problems);
    if (Object.keys(problems).length === 0 && !sending.isPending) sending.mutate(draft);
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
      <Outcome seq={sending.data?.last} error={sending.error} />
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
  /** The number that the last message got. */
  readonly seq: number | null | undefined;
  readonly error: unknown;
}

function Outcome({ seq, error }: OutcomeProps) {
  return (
    <div className={classes['sendOutcome']}>
      <Text size="sm" c="dimmed" role="status">
        {typeof seq === 'number' ? `Stored as number ${numberText(seq)}.` : ''}
      </Text>
      <ErrorNote error={error} />
    </div>
  );
}
