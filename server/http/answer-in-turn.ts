import type { Socket } from 'node:net';
import type { Request, Response } from 'express';
import type { Turns } from '../net/turns.js';

/**
 * Answers a request when it is its user's turn. The turn ends when the answer has left, or with the connection: an answer that waits
 * behind another one of its connection is never told that this is gone.
 *
 * @param answer - only gives the answer to the response; not called where the connection has ended meanwhile, unless it is a
 *   POST's: that may have been sent again, and then the second one waits for what becomes of the first
 */
export function answerInTurn(
  turns: Turns,
  userId: string,
  { socket, method }: Request,
  response: Response,
  answer: () => Promise<unknown>,
): Promise<void> {
  return turns.take(userId, async () => {
    // It may have waited longer than the client did.
    if (socket.destroyed && method !== 'POST') return;
    await answer();
    await isOver(socket, response);
  });
}

async function isOver(socket: Socket, response: Response): Promise<void> {
  if (socket.destroyed || response.writableFinished || response.destroyed) return;
  await new Promise<void>((resolve) => {
    const end = () => {
      socket.off('close', end);
      resolve();
    };
    response.once('finish', end).once('close', end);
    socket.once('close', end);
  });
}
