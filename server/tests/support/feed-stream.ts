import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { FEED_PATH, FEED_PROTOCOL } from '../../../protocol/feed.js';
import {
  FrameParser,
  SseParser,
  type FeedListener,
  type FeedParser,
  type HeardEvent,
  type HeardRecord,
} from './feed-parsers.js';
import { until } from './until.js';
import { PATIENCE_MS } from './patience.js';

/** The two ways to the feed over HTTP. */
export const STREAM_KINDS = ['sse', 'websocket'] as const;
export type StreamKind = (typeof STREAM_KINDS)[number];

/** What is wanted of the feed. */
export interface Wanted {
  readonly after?: number | undefined;
  readonly user?: string;
  readonly topic?: string;
  readonly contains?: string;
  readonly presence?: boolean;
}

/** How a stream is opened. */
export interface StreamOptions extends Wanted {
  /** After so many bytes behind the head of the answer the connection is cut, and what comes behind them is lost. */
  readonly cutAfter?: number;
}

const HEAD_END = '\r\n\r\n';
const TEXT_FRAME = 0x81;
const PONG_FRAME = 0x8a;

/** One connection to the feed, on a socket of its own, byte by byte: what came, and how it ended. */
export class FeedStream implements Disposable, FeedListener {
  readonly socket: Socket;
  readonly records: HeardRecord[] = [];
  readonly events: HeardEvent[] = [];
  /** The number to come back with: of the last record, or of what said it since. */
  lastSeq: number | undefined;
  /** The status of the answer, once it has come. */
  status: number | undefined;
  /** The code of why the feed has ended, and how a WebSocket was closed. */
  endCode: string | undefined;
  closeCode: number | undefined;
  isClosed = false;
  /** Told of each record, when it has come. */
  onRecord: ((record: HeardRecord) => void) | undefined;
  readonly #parser: FeedParser;
  #head: Buffer | undefined = Buffer.alloc(0);
  #left: number;

  constructor(
    kind: StreamKind,
    server: { readonly port: number },
    token: string,
    options: StreamOptions = {},
  ) {
    this.#left = options.cutAfter ?? Infinity;
    this.#parser = kind === 'sse' ? new SseParser(this) : new FrameParser(this);
    this.socket = connect({ host: '127.0.0.1', port: server.port, noDelay: true });
    this.socket.on('error', () => undefined);
    this.socket.once('close', () => {
      this.isClosed = true;
    });
    this.socket.on('data', (bytes: Buffer) => {
      this.#take(bytes);
    });
    this.socket.write(requestOf(kind, token, options));
  }

  /** Resolves when the feed has said hello. */
  async ready(): Promise<this> {
    await until('hello', () => this.hello !== undefined || this.isClosed);
    if (this.hello === undefined) throw new Error(`The feed was not opened: ${String(this.status)}`);
    return this;
  }

  /** The first event, once it has come. */
  get hello(): HeardEvent | undefined {
    return this.events.find(({ type }) => type === 'hello');
  }

  /** Resolves when the connection is gone. */
  async closed(withinMs = PATIENCE_MS): Promise<void> {
    await until('the end of the connection', () => this.isClosed, withinMs);
  }

  /** Sends a text frame. */
  sendText(text: string): void {
    this.socket.write(frameOf(TEXT_FRAME, Buffer.from(text)));
  }

  /** Sends a message over a WebSocket; its answer is one of the events. */
  sendMessage(id: string, message: unknown, topic?: string): void {
    this.sendText(JSON.stringify({ type: 'send', id, message, topic }));
  }

  record(record: HeardRecord): void {
    this.records.push(record);
    this.lastSeq = record.seq;
    this.onRecord?.(record);
  }

  place(seq: number): void {
    this.lastSeq = seq;
  }

  event(event: HeardEvent): void {
    this.events.push(event);
    if (event.type === 'end') this.endCode = String(event.data['code']);
  }

  ping(payload: Buffer): void {
    this.socket.write(frameOf(PONG_FRAME, payload));
  }

  close(code: number, reason: string): void {
    this.closeCode = code;
    this.endCode = reason.split(':', 1)[0];
    this.socket.end();
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  #take(bytes: Buffer): void {
    if (this.#head === undefined) {
      this.#takeBody(bytes);
      return;
    }
    this.#head = Buffer.concat([this.#head, bytes]);
    const end = this.#head.indexOf(HEAD_END);
    if (end === -1) return;
    this.status = Number(/^HTTP\/1\.1 (\d+)/.exec(this.#head.toString('latin1', 0, end))?.[1]);
    const rest = this.#head.subarray(end + HEAD_END.length);
    this.#head = undefined;
    if (this.status < 300) this.#takeBody(rest);
  }

  #takeBody(bytes: Buffer): void {
    if (this.#left <= 0) return;
    const some = bytes.subarray(0, this.#left);
    this.#left -= some.length;
    this.#parser.push(some);
    if (this.#left <= 0) this.socket.destroy();
  }
}

/** The request that opens a stream. HTTP/1.0 for Server-Sent Events: what comes is not in chunks then. */
export function requestOf(
  kind: StreamKind,
  token: string,
  { after, presence, ...filter }: StreamOptions = {},
): string {
  const { cutAfter: _, ...fields } = filter;
  const query = new URLSearchParams({ ...fields, ...(presence === true ? { presence: 'true' } : {}) });
  const lines = ['Host: localhost', `Authorization: Bearer ${token}`];
  if (kind === 'sse') {
    if (after !== undefined) lines.push(`Last-Event-ID: ${String(after)}`);
    return [`GET ${FEED_PATH}?${query.toString()} HTTP/1.0`, ...lines, '', ''].join('\r\n');
  }
  if (after !== undefined) query.set('after', String(after));
  lines.push('Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13');
  lines.push(
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    `Sec-WebSocket-Protocol: ${FEED_PROTOCOL}`,
  );
  return [`GET ${FEED_PATH}?${query.toString()} HTTP/1.1`, ...lines, '', ''].join('\r\n');
}

/** A frame as a client sends it: masked. */
export function frameOf(head: number, payload: Buffer): Buffer {
  const mask = randomBytes(4);
  const length =
    payload.length < 126
      ? Buffer.from([0x80 | payload.length])
      : payload.length < 65_536
        ? Buffer.from([0xfe, payload.length >> 8, payload.length & 0xff])
        : Buffer.concat([Buffer.from([0xff, 0, 0, 0, 0]), uint32(payload.length)]);
  const masked = Buffer.from(payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0)));
  return Buffer.concat([Buffer.from([head]), length, mask, masked]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
