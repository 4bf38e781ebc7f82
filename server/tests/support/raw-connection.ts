import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';

/** A TCP connection that says what a test wants, byte by byte. */
export class RawConnection implements Disposable {
  readonly socket: Socket;
  /** All that is answered until the other side closes. */
  readonly reply: Promise<string>;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.reply = text(socket);
    // Whoever does not care for the answer need not look after its failure.
    this.reply.catch(() => undefined);
    socket.on('error', () => undefined);
  }

  /** @param address - `127.0.0.1:12345` for example */
  static async open(address: string): Promise<RawConnection> {
    const [host = '', port] = address.split(/:(?=\d+$)/);
    const socket = connect({ host, port: Number(port), allowHalfOpen: true, noDelay: true });
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  /** Sends a piece, and resolves when it has left. */
  send(piece: string | Uint8Array): Promise<void> {
    return new Promise((resolve) =>
      this.socket.write(piece, () => {
        resolve();
      }),
    );
  }

  /** Sends nothing more, and answers what comes. */
  end(piece: string | Uint8Array = ''): Promise<string> {
    this.socket.end(piece);
    return this.reply;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
