import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { HttpsDoor } from '../../tls/tls-identity.js';

/**
 * Lets a server of HTTP hear of its connections when they are secured. It still is the one that listens: what it limits and counts are
 * all connections, those too that are shaking hands.
 */
export function shakeHandsFirst(server: Server, secure: HttpsDoor['secure']): void {
  const listeners = server.listeners('connection') as ((socket: Socket) => void)[];
  const attend = (socket: Socket) => {
    for (const listener of listeners) listener.call(server, socket);
  };
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    // One whose request is read again has shaken hands before.
    if (socket instanceof TLSSocket) {
      attend(socket);
      return;
    }
    // A connection that breaks is closed, which is all there is to know.
    socket.on('error', () => undefined);
    secure(socket, attend);
  });
}
