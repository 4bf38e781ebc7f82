import type { Socket } from 'node:net';
import { printable } from '../../protocol/line-safe.js';
import type { AppError } from '../errors/app-error.js';

/** How long somebody who does not read may take for its last line, in milliseconds. */
const LAST_LINE_MS = 1000;

/** Why something was refused, as a line. */
export function lineOf(refusal: AppError): string {
  return `${printable(refusal.message)}\n`;
}

/** Says something last, and closes: in a second at the most, whether or not it is read. */
export function closeWith(socket: Socket, text: string): void {
  if (socket.destroyed || socket.writableEnded) return;
  socket.end(text);
  // What comes until then is read, and nobody's: else the end of the peer's side would not be seen.
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), LAST_LINE_MS);
  socket.once('close', () => {
    clearTimeout(timer);
  });
}
