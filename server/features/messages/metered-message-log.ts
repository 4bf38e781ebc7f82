import { SPAN_STRIDE, type MessageList, type MessageLog } from '../../dump/message-log.js';

/**
 * A log of messages that tells what has been stored in it.
 *
 * @param onMessages - told how many were stored, their bytes as JSON, and how many were known already
 */
export function createMeteredMessageLog(
  log: MessageLog,
  onMessages: (count: number, bytes: number, duplicates: number) => void,
): MessageLog {
  return {
    append: async (batch) => {
      const committed = await log.append(batch);
      const { accepted, duplicates } = committed;
      onMessages(accepted, accepted === 0 ? 0 : bytesOf(batch.messages, duplicates), duplicates);
      return committed;
    },
    room: (messages) => log.room(messages),
    lastNumber: (owner, producerId) => log.lastNumber(owner, producerId),
  };
}

function bytesOf({ spans }: MessageList, duplicates: number): number {
  let bytes = 0;
  for (let at = duplicates * SPAN_STRIDE; at < spans.length; at += SPAN_STRIDE)
    bytes += (spans[at + 1] ?? 0) - (spans[at] ?? 0);
  return bytes;
}
