import { WebSocket, type RawData } from 'ws';
import { type FeedSocket, NORMAL_CLOSING } from './feed-socket.js';

const FAREWELL_MS = 500;

/** Node's WebSocket as the feed uses it. */
export function nodeFeedSocket(socket: WebSocket): FeedSocket {
  return {
    get isOpen() {
      return socket.readyState === WebSocket.OPEN;
    },
    listen: ({ onHeard, onText, onClose }) => {
      let failure: Error | undefined;
      socket.on('open', onHeard).on('ping', onHeard).on('pong', onHeard);
      socket.on('message', (data, isBinary) => {
        onText(isBinary ? '' : textOf(data));
      });
      socket.on('error', (error) => (failure ??= error));
      socket.on('close', (code, reason) => {
        onClose(code, reason.toString(), failure);
      });
    },
    send: (text) => {
      socket.send(text);
    },
    pause: () => {
      socket.pause();
    },
    resume: () => {
      socket.resume();
    },
    close: () => {
      closeSoon(socket);
    },
    terminate: () => {
      socket.terminate();
    },
  };
}

function closeSoon(socket: WebSocket): void {
  socket.close(NORMAL_CLOSING);
  const timer = setTimeout(() => {
    socket.terminate();
  }, FAREWELL_MS);
  socket.once('close', () => {
    clearTimeout(timer);
  });
}

function textOf(data: RawData): string {
  if (data instanceof ArrayBuffer) return Buffer.from(data).toString();
  return (Array.isArray(data) ? Buffer.concat(data) : data).toString();
}
