import fc from 'fast-check';
import type { Writable } from 'node:stream';
import * as ws from 'ws';
import { expect, test } from 'vitest';
import { feedEvent, type FeedEvent } from '../../../protocol/feed.js';
import { byteSource, LineBuffer } from '../../dump/format/line-buffer.js';
import type { FeedWire, PassingEvent } from '../../features/feed/feed-service.js';
import { sseEnd, sseWire } from './sse-wire.js';
import { websocketWire } from './websocket-wire.js';

// The types do not know it.
const { Receiver } = ws as unknown as { Receiver: new (options: { isServer: boolean }) => Writable };

const seqs = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'binary', minLength: 200, maxLength: 70_000 }),
);
const records = fc.record({ seq: seqs, at: texts, user: fc.string(), endpoint: fc.string(), message: texts });
const connections = fc.record({
  id: fc.uuid(),
  user: fc.string({ unit: 'binary' }),
  endpoint: fc.ipV6(),
  door: fc.constantFrom('sse' as const, 'websocket' as const, 'chat' as const),
  since: fc.string(),
});
const passing: fc.Arbitrary<PassingEvent> = fc.oneof(
  fc.record({ type: fc.constant('hello' as const), seq: seqs, connection: connections }),
  fc.record({ type: fc.constantFrom('join' as const, 'leave' as const), connection: connections }),
  fc.record({ type: fc.constant('gap' as const), after: seqs, before: seqs }),
  fc.record({ type: fc.constant('position' as const), seq: seqs }),
  fc.record({
    type: fc.constant('unrecorded' as const),
    record: fc.record({ at: fc.string(), user: fc.string(), endpoint: fc.string(), message: texts }),
  }),
);
const events: fc.Arbitrary<FeedEvent> = fc.oneof(
  passing,
  records.map((record) => ({ type: 'record' as const, record })),
);

/** Events on a wire, put in one behind the other; each record stands within other bytes. */
function onWire(wire: FeedWire, told: readonly FeedEvent[]): Buffer {
  const into = new LineBuffer(1);
  for (const event of told) {
    if (event.type !== 'record') wire.passing(into, event);
    else {
      const json = Buffer.from(`{}\n${JSON.stringify(event.record)}\n{}`);
      wire.record(into, event.record.seq, byteSource(json), 3, json.length - 3);
    }
  }
  return Buffer.from(into.written);
}

/** What a parser that follows the HTML Living Standard dispatches, and the last id that it remembers. */
function dispatched(stream: string): { events: FeedEvent[]; lastId: string } {
  const found: FeedEvent[] = [];
  let [lastId, id, type, data] = ['', '', '', ''];
  for (const line of stream.split(/\r\n|\r|\n/)) {
    const [, name, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (line === '') {
      lastId = id;
      if (data !== '') found.push(eventOf(type, JSON.parse(data) as object));
      [type, data] = ['', ''];
    } else if (name === 'id') id = value;
    else if (name === 'event') type = value;
    else if (name === 'data') data += value;
  }
  return { events: found, lastId };
}

function eventOf(type: string, data: object): FeedEvent {
  return feedEvent.parse(type === '' ? { type: 'record', record: data } : { type, ...data });
}

/** What a WebSocket's own reader makes of bytes that come in pieces. */
async function received(bytes: Buffer, pieceBytes: number): Promise<FeedEvent[]> {
  const found: FeedEvent[] = [];
  const receiver = new Receiver({ isServer: false });
  receiver.on('message', (data: Buffer, isBinary: boolean) => {
    expect(isBinary).toBe(false);
    found.push(feedEvent.parse(JSON.parse(data.toString('utf8'))));
  });
  for (let at = 0; at < bytes.length; at += pieceBytes) receiver.write(bytes.subarray(at, at + pieceBytes));
  await new Promise((resolve) => receiver.end(resolve));
  return found;
}

test('an EventSource reads Server-Sent Events as they were told, and remembers where it was', () => {
  fc.assert(
    fc.property(fc.array(events, { maxLength: 8 }), (told) => {
      const { events: found, lastId } = dispatched(onWire(sseWire, told).toString('utf8'));
      expect(found).toEqual(told.filter(({ type }) => type !== 'position'));
      const places = told.flatMap((event) =>
        event.type === 'record'
          ? [event.record.seq]
          : event.type === 'hello' || event.type === 'position'
            ? [event.seq]
            : [],
      );
      expect(lastId).toBe(String(places.at(-1) ?? ''));
    }),
  );
});

test('a WebSocket client reads frames as they were told, however they are cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(events, { maxLength: 8 }),
      fc.integer({ min: 1, max: 5000 }),
      async (told, piece) => {
        expect(await received(onWire(websocketWire, told), piece)).toEqual(told);
      },
    ),
  );
});

test.each([124, 125, 126, 127, 65_534, 65_535, 65_536, 65_537])(
  'a frame of %i bytes has the length it says',
  async (length) => {
    const record = { seq: 1, at: '', user: '', endpoint: '', message: '' };
    const empty = '{"type":"record","record":}'.length + JSON.stringify(record).length;
    const told: FeedEvent = { type: 'record', record: { ...record, message: 'x'.repeat(length - empty) } };
    const bytes = onWire(websocketWire, [told]);
    expect(bytes.length - length).toBe(length < 126 ? 2 : length < 65_536 ? 4 : 10);
    expect(await received(bytes, bytes.length)).toEqual([told]);
  },
);

test('the end is an event of its own', () => {
  const end = { code: 'feed.closing', detail: 'The server is\nstopping', retryable: true };
  expect(sseEnd(end)).toBe(
    'event: end\ndata: {"code":"feed.closing","detail":"The server is\\nstopping","retryable":true}\n\n',
  );
});
