import {
  SPAN_STRIDE,
  type MessageList,
  type MessageLog,
  type StoredMessages,
} from '../../dump/message-log.js';

/**
 * A log of messages that tells what has been stored in it.
 *
 * @param onStored - told of each batch once it is durable
 */
export function createMeteredMessageLog(
  log: MessageLog,
  onStored: (stored: StoredMessages) => void,
): MessageLog {
  return {
    append: async (batch) => {
      const committed = await log.append(batch);
      const { accepted: count, duplicates } = committed;
      const { user, messages } = batch;
      onStored({ user, messages, count, duplicates, bytes: count === 0 ? 0 : bytesOf(messages, duplicates) });
      return committed;
    },
    room: (messages) => log.room(messages),
    lastNumber: (owner, producerId) => log.lastNumber(owner, producerId),
  };
}

function bytesOf({ count, spans }: MessageList, duplicates: number): number {
  let bytes = 0;
  for (let at = duplicates * SPAN_STRIDE; at < count * SPAN_STRIDE; at += SPAN_STRIDE)
    bytes += (spans[at + 1] ?? 0) - (spans[at] ?? 0);
  return bytes;
}
