import type { UnrecordedMessage } from '../../../protocol/feed.js';
import { printable } from '../../../protocol/line-safe.js';
import { messageText, type StoredRecord } from '../../../protocol/stored-messages.js';
import { NO_PAINT, type Paint } from './colours.js';

/**
 * A message as a line: number, time, sender, topic in brackets, message. What a terminal would obey is escaped; where the message
 * is not recorded, a dash stands for the number.
 */
export function recordLine(record: StoredRecord | UnrecordedMessage, paint: Paint = NO_PAINT): string {
  const { at, user, topic, message } = record;
  const number = 'seq' in record ? String(record.seq) : '-';
  const about = topic === undefined ? '' : ` [${printable(topic)}]`;
  const from = paint.name(user, printable(user));
  return `${paint.dim(printable(`${number} ${at}`))} ${from}${about} ${printable(messageText(message))}`;
}
