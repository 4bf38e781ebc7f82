import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A way to a server. Dispose of it to close it with its connections. */
export interface Relay extends AsyncDisposable {
  readonly url: string;
}

/**
 * Starts one on a free port.
 *
 * @param join - is given each connection; answers the one to the server, after it has seen to what passes between the two. When
 * one of them ends, so does the other.
 */
export async function startRelay(join: (client: Socket) => Socket): Promise<Relay> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = join(client);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(address.port)}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
