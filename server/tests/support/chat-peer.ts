import { connect, type Socket } from 'node:net';
import { until } from './until.js';
import { PATIENCE_MS } from './patience.js';

/** Somebody in the chat over TCP. */
export class ChatPeer implements Disposable {
  readonly socket: Socket;
  isClosed = false;
  #text = '';

  private constructor(address: string) {
    const [host = '', port] = address.split(/:(?=\d+$)/);
    this.socket = connect({ host, port: Number(port), noDelay: true });
    this.socket.on('error', () => undefined);
    this.socket.on('data', (bytes: Buffer) => (this.#text += bytes.toString('utf8')));
    this.socket.once('close', () => {
      this.isClosed = true;
    });
  }

  /** Connects, and says who it is. @param login - the first line */
  static open(address: string, login: string): ChatPeer {
    const peer = new ChatPeer(address);
    peer.say(login);
    return peer;
  }

  /** The lines that have come. */
  get lines(): string[] {
    return this.#text.split('\n').slice(0, -1);
  }

  say(...lines: string[]): void {
    this.socket.write(lines.map((line) => `${line}\n`).join(''));
  }

  /** Resolves when the connection is gone. */
  async closed(withinMs = PATIENCE_MS): Promise<void> {
    await until('the end of the connection to the chat', () => this.isClosed, withinMs);
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
