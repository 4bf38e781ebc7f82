import type { Socket } from 'node:net';
import type { AppError } from '../../errors/app-error.js';
import type { FeedSink } from '../../features/feed/feed-service.js';

/** What may wait for a client that reads slowly before it is sent no more, in bytes. */
const ROOM_BYTES = 64 * 1024;

/**
 * Makes the sink that sends the feed over a connection, as fast as its peer reads.
 *
 * @param onRoom - told when there is room again where there was none
 * @param onEnd - told when the feed ends the connection
 */
export function createSocketSink(
  socket: Socket,
  onRoom: () => void,
  onEnd: (reason: AppError) => void,
): FeedSink {
  let isFull = false;
  socket.on('drain', () => {
    if (!isFull) return;
    isFull = false;
    onRoom();
  });
  return {
    write: (bytes) => {
      if (socket.writableEnded || socket.destroyed) return true;
      // Its own limit is lower: where ours is reached, it will tell of the drain.
      socket.write(bytes);
      isFull = socket.writableLength >= ROOM_BYTES;
      return !isFull;
    },
    end: onEnd,
  };
}
