import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { WebSocket, type ClientOptions } from 'ws';
import { FEED_PROTOCOL, feedAnswer, feedEnd, feedEvent, type FeedEvent } from '../../../protocol/feed.js';
import { until } from './until.js';

/** How to ask for the feed. */
export interface FeedAsked {
  readonly token?: string;
  /** Behind the question mark. */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a client of the feed has been told. */
abstract class FeedClient {
  readonly events: FeedEvent[] = [];

  /** The messages of the records that have come. */
  get messages(): unknown[] {
    return this.events.flatMap((event) => (event.type === 'record' ? [event.record.message] : []));
  }

  /** The numbers of the records that have come. */
  get seqs(): number[] {
    return this.events.flatMap((event) => (event.type === 'record' ? [event.record.seq] : []));
  }

  /** Waits for an event of a type. */
  event<Type extends FeedEvent['type']>(type: Type): Promise<Extract<FeedEvent, { type: Type }>> {
    const isOne = (event: FeedEvent): event is Extract<FeedEvent, { type: Type }> => event.type === type;
    return until(`an event ${type}`, () => this.events.find(isOne));
  }

  /** Waits for so many records. */
  async records(count: number): Promise<unknown[]> {
    await until(
      `${String(count)} records, and not ${String(this.messages.length)}`,
      () => this.messages.length >= count,
    );
    return this.messages;
  }
}

/** A client of the feed's WebSocket. */
export class FeedSocket extends FeedClient implements Disposable {
  readonly websocket: WebSocket;
  readonly answers: ReturnType<typeof feedAnswer.parse>[] = [];
  /** How it was closed. */
  closed: { readonly code: number; readonly reason: string } | undefined;
  #sent = 0;

  constructor(websocket: WebSocket) {
    super();
    this.websocket = websocket;
    websocket.on('error', () => undefined);
    websocket.on('message', (data) => {
      const told: unknown = JSON.parse((data as Buffer).toString('utf8'));
      const answer = feedAnswer.safeParse(told);
      if (answer.success) this.answers.push(answer.data);
      else this.events.push(feedEvent.parse(told));
    });
    websocket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString('utf8') };
    });
  }

  /** Connects; rejects where it is refused. */
  static async open(
    url: string,
    { token, query, headers }: FeedAsked = {},
    protocols = [FEED_PROTOCOL],
    options: ClientOptions = {},
  ) {
    const websocket = new WebSocket(
      `${url.replace('http', 'ws')}/v1/feed${query === undefined ? '' : `?${query}`}`,
      protocols,
      {
        headers: { ...bearer(token), ...headers },
        ...options,
      },
    );
    const socket = new FeedSocket(websocket);
    await once(websocket, 'open');
    return socket;
  }

  /** Sends a message; answers the id of the request. */
  send(message: unknown, more: { topic?: string; time?: string } = {}): string {
    this.#sent += 1;
    const id = String(this.#sent);
    this.websocket.send(JSON.stringify({ type: 'send', id, message, ...more }));
    return id;
  }

  /** Sends a message, and waits for its answer. */
  async ask(message: unknown, more: { topic?: string; time?: string } = {}) {
    const id = this.send(message, more);
    return until(`an answer to ${id}`, () => this.answers.find((answer) => answer.id === id));
  }

  /** Waits for the end. */
  end(): Promise<{ readonly code: number; readonly reason: string }> {
    return until('the end', () => this.closed);
  }

  [Symbol.dispose](): void {
    this.websocket.terminate();
  }
}

/** A client of the feed's Server-Sent Events, which reads as the HTML Living Standard has it. */
export class FeedStream extends FeedClient implements Disposable {
  readonly response: IncomingMessage;
  lastEventId = '';
  /** Why it ended, where that was told. */
  ended: ReturnType<typeof feedEnd.parse> | undefined;
  isClosed = false;
  #text = '';

  private constructor(response: IncomingMessage) {
    super();
    this.response = response;
    response.setEncoding('utf8').on('data', (text: string) => {
      this.#text += text;
      for (let end = this.#text.indexOf('\n\n'); end >= 0; end = this.#text.indexOf('\n\n')) {
        this.#dispatch(this.#text.slice(0, end));
        this.#text = this.#text.slice(end + 2);
      }
    });
    response.on('error', () => undefined);
    response.on('close', () => {
      this.isClosed = true;
    });
  }

  /** Connects; rejects where it is refused. */
  static async open(url: string, { token, query, headers }: FeedAsked = {}): Promise<FeedStream> {
    const asked = get(`${url}/v1/feed${query === undefined ? '' : `?${query}`}`, {
      agent: false,
      headers: { ...bearer(token), ...headers },
    });
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    if (response.statusCode !== 200) throw new Error(`refused with ${String(response.statusCode)}`);
    asked.on('error', () => undefined);
    return new FeedStream(response);
  }

  [Symbol.dispose](): void {
    this.response.destroy();
  }

  #dispatch(block: string): void {
    const fields = block.split('\n').map((line) => /^([^:]*):? ?(.*)$/s.exec(line) ?? []);
    const field = (wanted: string) => fields.findLast(([, name]) => name === wanted)?.[2];
    this.lastEventId = field('id') ?? this.lastEventId;
    const data = field('data');
    if (data === undefined) return;
    const value = JSON.parse(data) as object;
    const type = field('event');
    if (type === 'end') this.ended = feedEnd.parse(value);
    else
      this.events.push(
        feedEvent.parse(type === undefined ? { type: 'record', record: value } : { type, ...value }),
      );
  }
}

function bearer(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { Authorization: `Bearer ${token}` };
}
