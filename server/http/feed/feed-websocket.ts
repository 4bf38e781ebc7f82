import type { Socket } from 'node:net';
import { WebSocket, type RawData } from 'ws';
import { AppError } from '../../errors/app-error.js';
import type { FeedSink, Subscription } from '../../features/feed/feed-service.js';
import { closeOf, type FeedClose } from './feed-close.js';
import { MOST_UNREAD_BYTES } from './feed-limits.js';
import { FeedRequests, type RequestSurroundings } from './feed-requests.js';
import type { Heartbeat, Peer } from './heartbeat.js';
import { UnfinishedMessage, type UnfinishedLimits } from './unfinished-message.js';

const NO_TEXT = 1003;

/**
 * One client's WebSocket. What is on the feed goes straight into its socket, in frames that all share; `ws` writes its own frames
 * as a whole and at once, so that none gets into another.
 */
export class FeedWebSocket implements FeedSink, Peer {
  heardAt: number;
  readonly #socket: Socket;
  readonly #heartbeat: Heartbeat;
  readonly #unfinished: UnfinishedMessage;
  #websocket: WebSocket | undefined;
  #requests: FeedRequests | undefined;

  constructor(socket: Socket, heartbeat: Heartbeat, limits: UnfinishedLimits) {
    this.#socket = socket;
    this.#unfinished = new UnfinishedMessage(limits, (reason) => {
      this.#cut(reason);
    });
    this.#heartbeat = heartbeat;
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
    this.#close(closeOf(reason));
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
    this.#close(closeOf(refusal, NO_TEXT));
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
    this.#close(closeOf(reason));
    this.#unfinished.pause();
    this.#socket.removeAllListeners('data').resume().end();
  }

  #close({ code, reason }: FeedClose): void {
    this.#requests?.end();
    // The answer to it has to be read.
    this.#websocket?.resume();
    this.#websocket?.close(code, reason);
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
