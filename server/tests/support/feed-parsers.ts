/** A record as it came over the feed: its number, and the bytes of its line as text. */
export interface HeardRecord {
  readonly seq: number;
  readonly json: string;
}

/** Anything else that came over the feed. */
export interface HeardEvent {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What a parser tells of. */
export interface FeedListener {
  record(record: HeardRecord): void;
  /** Where one would come back to, as said by anything but a record. */
  place(seq: number): void;
  event(event: HeardEvent): void;
  ping(payload: Buffer): void;
  /** A closing frame. */
  close(code: number, reason: string): void;
}

/** Takes bytes of a stream as they come, cut anywhere. */
export interface FeedParser {
  push(bytes: Buffer): void;
}

const EMPTY = Buffer.alloc(0);
const EVENT_END = '\n\n';
const RECORD_BEGIN = '{"type":"record","record":';

/** Parses Server-Sent Events by the HTML Living Standard as far as the feed has need of them; no event counts before its end has come. */
export class SseParser implements FeedParser {
  readonly #listener: FeedListener;
  #rest: Buffer = EMPTY;

  constructor(listener: FeedListener) {
    this.#listener = listener;
  }

  push(bytes: Buffer): void {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const end = all.lastIndexOf(EVENT_END);
    this.#rest = all.subarray(end === -1 ? 0 : end + EVENT_END.length);
    if (end === -1) return;
    for (const block of all.toString('utf8', 0, end).split(EVENT_END)) this.#take(block);
  }

  #take(block: string): void {
    let [id, type, data] = ['', '', ''];
    for (const line of block.split('\n')) {
      const colon = line.indexOf(': ');
      const [name, value] = [line.slice(0, colon), line.slice(colon + 2)];
      if (name === 'id') id = value;
      else if (name === 'event') type = value;
      else if (name === 'data') data += value;
    }
    if (type === '' && data !== '') this.#listener.record({ seq: Number(id), json: data });
    else {
      if (id !== '') this.#listener.place(Number(id));
      if (type !== '') this.#listener.event({ type, data: JSON.parse(data) as HeardEvent['data'] });
    }
  }
}

/** Parses frames of a WebSocket, RFC 6455, as the server sends them: whole, and not masked. */
export class FrameParser implements FeedParser {
  readonly #listener: FeedListener;
  #rest: Buffer = EMPTY;

  constructor(listener: FeedListener) {
    this.#listener = listener;
  }

  push(bytes: Buffer): void {
    let all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    for (
      let length = frameLength(all);
      length !== undefined && length.end <= all.length;
      length = frameLength(all)
    ) {
      this.#take(all[0] ?? 0, all.subarray(length.begin, length.end));
      all = all.subarray(length.end);
    }
    this.#rest = all;
  }

  #take(head: number, payload: Buffer): void {
    if (head === 0x81) this.#takeText(payload.toString('utf8'));
    else if (head === 0x89) this.#listener.ping(payload);
    else if (head === 0x88)
      this.#listener.close(payload.length < 2 ? 1005 : payload.readUInt16BE(0), payload.toString('utf8', 2));
    else if (head !== 0x8a) throw new Error(`This is no frame of the feed: ${head.toString(16)}`);
  }

  #takeText(text: string): void {
    if (text.startsWith(RECORD_BEGIN)) {
      const json = text.slice(RECORD_BEGIN.length, -1);
      this.#listener.record({ seq: Number(/^\{"seq":(\d+)/.exec(json)?.[1]), json });
      return;
    }
    const { type, ...data } = JSON.parse(text) as { type: string } & Record<string, unknown>;
    if (type === 'hello' || type === 'position') this.#listener.place(Number(data['seq']));
    this.#listener.event({ type, data });
  }
}

function frameLength(bytes: Buffer): { begin: number; end: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes[1] ?? 0;
  if (short < 126) return { begin: 2, end: 2 + short };
  if (short === 126) return bytes.length < 4 ? undefined : { begin: 4, end: 4 + bytes.readUInt16BE(2) };
  return bytes.length < 10 ? undefined : { begin: 10, end: 10 + Number(bytes.readBigUInt64BE(2)) };
}
