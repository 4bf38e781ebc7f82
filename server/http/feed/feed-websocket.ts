import type { Socket } from 'node:net';
import { WebSocket, type RawData } from 'ws';
import { AppError } from '../../errors/app-error.js';
import type { FeedSink, Subscription } from '../../features/feed/feed-service.js';
import { closeOf } from './feed-close.js';
import type { FeedEnds } from './feed-ends.js';
import { MOST_UNREAD_BYTES } from './feed-limits.js';
import { FeedRequests, type RequestSurroundings } from './feed-requests.js';
import type { Heartbeat, Peer } from './heartbeat.js';
import { UnfinishedMessage, type UnfinishedLimits } from './unfinished-message.js';

const NO_TEXT = 1003;

/** What all WebSockets share. */
export interface FeedSocketParts {
  readonly heartbeat: Heartbeat;
  readonly ends: FeedEnds;
  readonly unfinished: UnfinishedLimits;
}

/**
 * One client's WebSocket. What is on the feed goes straight into its socket, in frames that all share; `ws` writes its own frames
 * as a whole and at once, so that none gets into another.
 */
export class FeedWebSocket implements FeedSink, Peer {
  heardAt: number;
  readonly #socket: Socket;
  readonly #heartbeat: Heartbeat;
  readonly #ends: FeedEnds;
  readonly #unfinished: UnfinishedMessage;
  #websocket: WebSocket | undefined;
  #subscription: Subscription | undefined;
  #requests: FeedRequests | undefined;

  constructor(socket: Socket, { heartbeat, ends, unfinished }: FeedSocketParts) {
    this.#socket = socket;
    this.#unfinished = new UnfinishedMessage(unfinished, (reason) => {
      this.#cut(reason);
    });
    this.#heartbeat = heartbeat;
    this.#ends = ends;
    this.heardAt = heartbeat.now();
  }

  /** Begins: when the handshake is done, and before anything is written. */
  open(
    websocket: WebSocket,
    subscription: Subscription,
    around: Omit<RequestSurroundings, 'subscription' | 'answer' | 'isUnread' | 'onReady'>,
  ): void {
    const requests = new FeedRequests({
      ...around,
      subscription,
      answer: (answer) => {
        this.#live?.send(JSON.stringify(answer));
      },
      isUnread: () => !this.#hasRoom,
      onReady: (isReady) => {
        this.#heard();
        this.#read(websocket, isReady);
      },
    });
    this.#websocket = websocket;
    this.#subscription = subscription;
    this.#requests = requests;
    this.#heartbeat.add(this);
    this.#listen(websocket, requests, subscription);
  }

  write(bytes: Uint8Array): boolean {
    // Behind a closing frame nothing may follow.
    if (this.#live === undefined) return true;
    this.#socket.write(bytes);
    return this.#hasRoom;
  }

  end(reason: AppError): void {
    this.#close(reason);
  }

  get isUnheard(): boolean {
    return this.#websocket?.isPaused === true;
  }

  ping(): void {
    this.#live?.ping();
  }

  drop(): void {
    this.#websocket?.terminate();
  }

  #listen(websocket: WebSocket, requests: FeedRequests, subscription: Subscription): void {
    this.#socket.on('drain', () => {
      subscription.resume();
      requests.goOn();
    });
    const heard = () => {
      this.#heard();
    };
    websocket.on('ping', heard);
    websocket.on('pong', heard);
    websocket.on('message', (data, isBinary) => {
      this.#heard();
      if (this.#live !== undefined) this.#take(data, isBinary);
    });
    const look = (chunk: Buffer) => {
      this.#unfinished.push(chunk);
    };
    // Behind what the WebSocket makes of it.
    this.#socket.on('data', look);
    // What is no WebSocket, or too large, has been answered with a closing frame that says so, and is not read further.
    websocket.on('error', () => {
      this.#socket.off('data', look);
      this.#unfinished.pause();
      this.#ends.cutLater(websocket, () => {
        this.drop();
      });
    });
    websocket.on('close', () => {
      this.#socket.off('data', look);
      this.#unfinished[Symbol.dispose]();
      this.#heartbeat.remove(this);
      requests.end();
      subscription[Symbol.dispose]();
    });
  }

  #take(data: RawData, isBinary: boolean): void {
    if (!isBinary && Buffer.isBuffer(data)) {
      this.#requests?.take(data);
      return;
    }
    const refusal = new AppError('request.unsupported_media_type', { details: { supported: 'text' } });
    this.#close(refusal, NO_TEXT);
  }

  #read(websocket: WebSocket, isReady: boolean): void {
    if (isReady) {
      this.#unfinished.resume();
      websocket.resume();
    } else {
      this.#unfinished.pause();
      websocket.pause();
    }
  }

  // What has come of the message is held until the connection is closed: so nothing more of it is read, nor waited for.
  #cut(reason: AppError): void {
    this.#close(reason);
    this.#unfinished.pause();
    this.#socket.removeAllListeners('data').resume().end();
  }

  #close(why: AppError, closeCode?: number): void {
    this.#requests?.end();
    const websocket = this.#websocket;
    if (websocket === undefined || this.#subscription === undefined) return;
    this.#ends.note(this.#subscription.connection, why);
    const { code, reason } = closeOf(why, closeCode);
    // The answer to it has to be read.
    websocket.resume();
    websocket.close(code, reason);
    const drop = () => {
      this.drop();
    };
    this.#ends.cutLater(websocket, drop, why);
  }

  #heard(): void {
    this.heardAt = this.#heartbeat.now();
  }

  get #live(): WebSocket | undefined {
    return this.#websocket?.readyState === WebSocket.OPEN ? this.#websocket : undefined;
  }

  get #hasRoom(): boolean {
    return this.#socket.writableLength <= MOST_UNREAD_BYTES;
  }
}
