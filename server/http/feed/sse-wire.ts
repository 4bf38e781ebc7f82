import type { FeedEnd } from '../../../protocol/feed.js';
import type { FeedWire, PassingEvent } from '../../features/feed/feed-service.js';

const LINE_FEED = 0x0a;

/**
 * The feed as Server-Sent Events (HTML Living Standard, 9.2). JSON on one line has no line end in it, so that each event has
 * one line of data. What has a place in the dump has its number for an id, which a client comes back with.
 */
export const sseWire: FeedWire = {
  record: (into, seq, json, begin, end) => {
    into.text(`id: ${String(seq)}\ndata: `);
    into.reserve(end - begin + 2);
    into.copy(json, begin, end);
    into.byte(LINE_FEED);
    into.byte(LINE_FEED);
  },
  passing: (into, event) => {
    into.text(textOf(event));
  },
};

/** The event that says why a stream ends. */
export function sseEnd(end: FeedEnd): string {
  return `event: end\ndata: ${JSON.stringify(end)}\n\n`;
}

function textOf(event: PassingEvent): string {
  // Without data nothing is dispatched, and the id is remembered all the same.
  if (event.type === 'position') return `: still here\nid: ${String(event.seq)}\n\n`;
  const { type, ...data } = event;
  const id = event.type === 'hello' ? `id: ${String(event.seq)}\n` : '';
  return `${id}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}
