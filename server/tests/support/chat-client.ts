import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import { until } from './until.js';

/** How a client connects. */
export interface ChatClientOptions {
  /** The certificate that is trusted, in PEM; without one there is no TLS. */
  readonly ca?: string;
  /** What the client shows of itself, in PEM. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly maxVersion?: 'TLSv1.1' | 'TLSv1.2';
}

/** A client of the chat over TCP: what it has received it keeps, as bytes. */
export class ChatClient implements Disposable {
  readonly socket: Socket;
  readonly #pieces: Buffer[] = [];
  #isClosed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('data', (piece) => this.#pieces.push(piece));
    socket.on('end', () => (this.#isClosed = true));
    socket.on('close', () => (this.#isClosed = true));
  }

  /** @param address - `127.0.0.1:12346` for example */
  static async open(
    address: string,
    { ca, maxVersion, cert, key }: ChatClientOptions = {},
  ): Promise<ChatClient> {
    const [listened = '', port] = address.split(/:(?=\d+$)/);
    const host = listened.replace('0.0.0.0', '127.0.0.1');
    const to = { host, port: Number(port), noDelay: true, allowHalfOpen: true };
    const socket =
      ca === undefined
        ? connect(to)
        : connectSecurely({ ...to, ca, cert, key, servername: 'localhost', maxVersion, minVersion: 'TLSv1' });
    await once(socket, ca === undefined ? 'connect' : 'secureConnect');
    return new ChatClient(socket);
  }

  /** All that has come. */
  get bytes(): Buffer {
    return Buffer.concat(this.#pieces);
  }

  /** The same as text. */
  get text(): string {
    return this.bytes.toString('utf8');
  }

  /** The lines that have come. */
  get lines(): readonly string[] {
    return this.text.split('\n').slice(0, -1);
  }

  /** Whether the other side has closed. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Sends a piece, and resolves when it has left. */
  send(piece: string | Uint8Array): Promise<void> {
    return new Promise((resolve) =>
      this.socket.write(piece, () => {
        resolve();
      }),
    );
  }

  /** Waits until a text, and no more than it, has come. */
  async hears(text: string): Promise<void> {
    await until(`${JSON.stringify(text)} comes`, () => this.text.length >= text.length).catch(
      () => undefined,
    );
    if (this.text !== text) throw new Error(`${JSON.stringify(this.text)} came, not ${JSON.stringify(text)}`);
  }

  /** Waits until the other side has closed, and answers all that came. */
  async closed(): Promise<string> {
    await until('it is closed', () => this.#isClosed);
    return this.text;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
