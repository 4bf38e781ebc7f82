import { ActionIcon, Group, Textarea } from '@mantine/core';
import { IconSend } from '@tabler/icons-react';
import type { KeyboardEvent } from 'react';
import { useStore } from '../app/console-context.js';
import { useChat } from './chat-context.js';

/** Where something is typed to be said. What is typed outlasts a look at another page. */
export function Composer() {
  const { draft, outbox } = useChat();
  const text = useStore(draft);
  const say = (): void => {
    const said = draft.get().trimEnd();
    if (said === '') return;
    outbox.add(said);
    draft.set('');
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    // Enter that ends the choice of a character is not meant to send.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    say();
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        say();
      }}
    >
      <Group gap="xs" align="flex-end" wrap="nowrap">
        <Textarea
          flex={1}
          aria-label="Message"
          placeholder="Say something"
          description="Enter sends, Shift+Enter begins a new line."
          inputWrapperOrder={['label', 'input', 'description']}
          autosize
          minRows={1}
          maxRows={6}
          autoComplete="off"
          value={text}
          onChange={(event) => {
            draft.set(event.currentTarget.value);
          }}
          onKeyDown={onKeyDown}
        />
        <ActionIcon type="submit" size={36} mb={22} aria-label="Send" disabled={text.trim() === ''}>
          <IconSend size={18} aria-hidden />
        </ActionIcon>
      </Group>
    </form>
  );
}
