import { useMutation } from '@tanstack/react-query';
import { BROWSER_SESSION } from '../../../api/credential.js';
import type { MessageItem } from '../../../api/messages/stored-messages-api.js';
import { useConsole } from '../../app/console-context.js';
import type { Server } from '../../server/server.js';
import { NumberedSending } from './numbered-sending.js';

// One for as long as the tab is open: the server knows only so many of a user.
const SENDINGS = new WeakMap<Server, NumberedSending>();

/** Sends messages, each of which is stored once. @param onStored - is told of each */
export function useSending(onStored: (item: MessageItem) => void) {
  const { server } = useConsole();
  return useMutation({
    mutationFn: (item: MessageItem) => sendingOf(server).send(item),
    onSuccess: (_counts, item) => {
      onStored(item);
    },
  });
}

function sendingOf(server: Server): NumberedSending {
  const known = SENDINGS.get(server);
  if (known !== undefined) return known;
  const made = new NumberedSending((item, producer) =>
    server.messages.sendItems(BROWSER_SESSION, [item], producer),
  );
  SENDINGS.set(server, made);
  return made;
}
