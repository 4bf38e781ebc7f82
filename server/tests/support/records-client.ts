import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectSecurely, type ConnectionOptions } from 'node:tls';
import { until } from './until.js';

/** Somebody at the records gateway: what comes is kept, and read as a test wants it. */
export class RecordsClient implements Disposable {
  readonly socket: Socket;
  /** Whether the other side has closed. */
  isClosed = false;
  #bytes = Buffer.alloc(0);
  #read = 0;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('data', (piece: Buffer) => (this.#bytes = Buffer.concat([this.#bytes, piece])));
    for (const event of ['end', 'close']) socket.once(event, () => (this.isClosed = true));
  }

  /**
   * @param address - `127.0.0.1:8443` for example
   * @param tls - whom it trusts and who it is; undefined, there is no TLS
   */
  static async open(address: string, tls?: ConnectionOptions): Promise<RecordsClient> {
    const [host = '', port] = address.split(/:(?=\d+$)/);
    const to = { host, port: Number(port), noDelay: true, allowHalfOpen: true };
    const socket =
      tls === undefined ? connect(to) : connectSecurely({ servername: 'localhost', ...to, ...tls });
    const client = new RecordsClient(socket);
    await once(socket, tls === undefined ? 'connect' : 'secureConnect');
    return client;
  }

  /** Sends a piece, and resolves when it has left. */
  send(piece: string | Uint8Array): Promise<void> {
    return new Promise((resolve) =>
      this.socket.write(piece, () => {
        resolve();
      }),
    );
  }

  /** Asks something, as the original client does: what comes next is the answer. */
  async ask(request: string | Uint8Array): Promise<string> {
    await this.send(request);
    return this.hear();
  }

  /** What comes next: what has come and was not heard before, or as soon as something comes. Empty where it is closed instead. */
  async hear(): Promise<string> {
    await until('something comes', () => this.#bytes.length > this.#read || this.isClosed);
    const heard = this.#bytes.subarray(this.#read).toString('utf8');
    this.#read = this.#bytes.length;
    return heard;
  }

  /** Waits until so many bytes, which have not been heard, have come; answers them as text, with what came beyond. */
  async hearBytes(count: number): Promise<string> {
    await until(
      `${String(count)} bytes come`,
      () => this.#bytes.length - this.#read >= count || this.isClosed,
    );
    return this.hear();
  }

  /** Ends its side, and answers all that comes and was not heard, until the other side closes. */
  async end(piece: string | Uint8Array = ''): Promise<string> {
    this.socket.end(piece);
    return this.closed();
  }

  /** Waits until the other side closes, and answers what came and was not heard. */
  async closed(): Promise<string> {
    await until('it is closed', () => this.isClosed);
    return this.hear();
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
