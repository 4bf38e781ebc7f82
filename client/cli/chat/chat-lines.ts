import type { UnrecordedMessage } from '../../../protocol/feed.js';
import { printable } from '../../../protocol/line-safe.js';
import { messageText, type StoredRecord } from '../../../protocol/stored-messages.js';
import type { Paint } from '../output/colours.js';

/** A message as lines of the chat, `NAME: text`, one for each line of the text. What a terminal would obey is escaped. */
export function chatLines(
  { user, message }: Pick<StoredRecord | UnrecordedMessage, 'user' | 'message'>,
  paint: Paint,
): string[] {
  const name = paint.name(user, `${printable(user)}:`);
  return linesOf(messageText(message)).map((line) => `${name} ${printable(line)}`);
}

/** The same with its time of the day, by the reader's own clock. */
export function timedChatLines(record: StoredRecord | UnrecordedMessage, paint: Paint): string[] {
  const time = paint.dim(timeOf(record.at));
  return chatLines(record, paint).map((line) => `${time} ${line}`);
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.length > 1 && lines.at(-1) === '') lines.pop();
  return lines;
}

function timeOf(at: string): string {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return printable(at);
  return [time.getHours(), time.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':');
}
