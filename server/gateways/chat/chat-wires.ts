import { ANONYMOUS } from '../../../protocol/feed.js';
import type { JsonValue } from '../../../protocol/json-value.js';
import { printable } from '../../../protocol/line-safe.js';
import type { FeedWire } from '../../features/feed/feed-service.js';

interface Said {
  readonly user: string;
  readonly message: JsonValue;
}

/** Of a text of more lines the rest stands on the last of these: a name in front of each makes much of little. */
const MOST_LINES = 1000;

/** The feed as it is read by who has logged in: `NAME: text` lines, and nothing else. */
export const LOGIN_WIRE = createChatWire(namedLines);

/** The feed of the open chat: what those without accounts say is as it came. */
export const OPEN_WIRE = createChatWire((said) =>
  said.user === ANONYMOUS ? textOf(said) : namedLines(said),
);

function createChatWire(write: (said: Said) => string): FeedWire {
  return {
    record: (into, _seq, { bytes }, begin, end) => {
      const json = Buffer.from(bytes.buffer, bytes.byteOffset + begin, end - begin).toString('utf8');
      into.text(write(JSON.parse(json) as Said));
    },
    passing: (into, event) => {
      if (event.type === 'unrecorded') into.text(write(event.record));
    },
  };
}

function namedLines(said: Said): string {
  const name = printable(said.user);
  const lines = textOf(said)
    .replace(/\r?\n$/, '')
    .split(/\r\n|\n|\r/);
  if (lines.length > MOST_LINES) lines.push(lines.splice(MOST_LINES - 1).join('\n'));
  return lines.map((line) => `${name}: ${printable(line)}\n`).join('');
}

function textOf({ message }: Said): string {
  return typeof message === 'string' ? message : JSON.stringify(message);
}
