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
  return linesOf(textOf(said))
    .map((line) => `${name}: ${printable(line)}\n`)
    .join('');
}

// Not split as a whole: a text can be nothing but ends of lines.
function linesOf(said: string): readonly string[] {
  const text = said.replace(/\r?\n$/, '');
  const lines: string[] = [];
  let begin = 0;
  for (const { 0: end, index } of text.matchAll(/\r\n|\n|\r/g)) {
    if (lines.length === MOST_LINES - 1) break;
    lines.push(text.slice(begin, index));
    begin = index + end.length;
  }
  lines.push(text.slice(begin));
  return lines;
}

function textOf({ message }: Said): string {
  return typeof message === 'string' ? message : JSON.stringify(message);
}
