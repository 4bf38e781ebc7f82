import type { Valve } from './event-buffer.js';

/** What is told of a WebSocket. */
export interface FeedSocketListener {
  /** Something came that is no message: it has opened, or the server lives. */
  readonly onHeard: () => void;
  /** A message. One in binary comes as an empty text, as the feed has none. */
  readonly onText: (text: string) => void;
  /** It is closed. @param cause - why, where it was no orderly closing */
  readonly onClose: (code: number, reason: string, cause?: Error) => void;
}

/** A WebSocket: Node's, or a browser's. Where the valve is closed, nothing is read from it, as far as that can be. */
export interface FeedSocket extends Valve {
  readonly isOpen: boolean;
  /** Has it tell; once, and before it opens, so that nothing is missed. */
  listen(listener: FeedSocketListener): void;
  send(text: string): void;
  /** Closes it in an orderly way, within a second. */
  close(): void;
  /** Closes it at once. */
  terminate(): void;
}

/** The status of an orderly closing (RFC 6455, 7.4.1). */
export const NORMAL_CLOSING = 1000;
