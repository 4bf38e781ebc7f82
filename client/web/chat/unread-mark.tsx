import { Badge, VisuallyHidden } from '@mantine/core';
import { useConsole, useStore } from '../app/console-context.js';
import { countText } from '../parts/words.js';

/** How many messages of the chat are unread; nothing where there are none. */
export function UnreadMark() {
  const unread = useStore(useConsole().unread);
  if (unread === 0) return null;
  return (
    <Badge size="sm" variant="filled">
      {countText(unread)}
      <VisuallyHidden> unread</VisuallyHidden>
    </Badge>
  );
}
