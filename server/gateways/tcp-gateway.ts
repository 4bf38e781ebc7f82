import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { SocketAddress } from '../config/setting-kinds.js';
import { canonicalAddress } from '../net/canonical-address.js';
import type { ConnectionLimits } from './connection-limits.js';
import { addressText, cannotListen, type Gateway } from './gateway.js';

/** How long and how much one client may occupy a gateway of TCP. Times in milliseconds. */
export interface TcpLimits {
  /** Without a byte from a client that has to say more. */
  readonly idleMs: number;
  /** Of a connection as a whole. */
  readonly lifeMs: number;
  /** A client may go on sending, or leave its answer unread, when it has been answered. */
  readonly trailingMs: number;
  /** What is under way may take when the gateway is closed. */
  readonly graceMs: number;
}

/** What a gateway does with one connection. */
export interface Conversation {
  /** Takes what has come. */
  take(piece: Buffer): void;
  /** The peer will not say more. */
  end(): void;
  /** The peer was silent for too long, or the gateway is closed: says what is to be said, and closes. */
  expire(): void;
  /** The connection is gone. */
  drop(): void;
}

/** Begins the conversation of a connection. @param address - the peer's, in its canonical form */
export type Converse = (socket: Socket, address: string) => Conversation;

/** Listens on TCP: who gets in, for how long, and how it ends. What is said is the conversation's to know. */
export class TcpGateway implements Gateway {
  readonly name: string;
  readonly address: string;
  readonly #server: Server;
  readonly #open: Map<Socket, Conversation>;
  readonly #graceMs: number;

  private constructor(name: string, server: Server, open: Map<Socket, Conversation>, graceMs: number) {
    this.name = name;
    this.#server = server;
    this.#open = open;
    this.#graceMs = graceMs;
    const { address, port } = server.address() as AddressInfo;
    this.address = addressText({ host: address, port });
  }

  /**
   * Begins to listen.
   *
   * @param onDrop - told of each connection that is one too many
   * @throws AppError `config.invalid` where the address cannot be listened on
   */
  static async open(
    name: string,
    at: SocketAddress,
    converse: Converse,
    limits: TcpLimits & { readonly connections: ConnectionLimits },
    onDrop: () => void,
  ): Promise<TcpGateway> {
    const open = new Map<Socket, Conversation>();
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      // A connection that breaks is closed, which is all there is to know.
      socket.on('error', () => undefined);
      const address = canonicalAddress(socket.remoteAddress);
      const leave = limits.connections.admit(address);
      if (leave === undefined) {
        onDrop();
        socket.destroy();
        return;
      }
      socket.once('close', leave);
      attend(socket, converse(socket, address), open, limits);
    });
    server.listen({ ...at, backlog: 511 });
    try {
      await once(server, 'listening');
    } catch (error) {
      throw cannotListen(`GATHERD_${name.toUpperCase()}`, at, error);
    }
    return new TcpGateway(name, server, open, limits.graceMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const conversation of this.#open.values()) conversation.expire();
    const timer = setTimeout(() => {
      for (const socket of this.#open.keys()) socket.destroy();
    }, this.#graceMs);
    await closed;
    clearTimeout(timer);
  }
}

function attend(
  socket: Socket,
  conversation: Conversation,
  open: Map<Socket, Conversation>,
  { idleMs, lifeMs, trailingMs }: TcpLimits,
): void {
  open.set(socket, conversation);
  function expire(): void {
    // What has been said and is still unread has had its time.
    if (socket.writableEnded) socket.destroy();
    else conversation.expire();
  }
  const idle = setTimeout(expire, idleMs);
  const life = setTimeout(expire, lifeMs);
  let trailing: NodeJS.Timeout | undefined;
  socket.on('data', (piece: Buffer) => {
    idle.refresh();
    if (!socket.writableEnded) conversation.take(piece);
  });
  socket.on('end', () => {
    if (!socket.writableEnded) conversation.end();
  });
  // Closed only when the peer has closed too, or has had its time: it would see a reset in place of its answer.
  socket.on('finish', () => {
    trailing = setTimeout(() => socket.destroy(), trailingMs);
  });
  socket.once('close', () => {
    for (const timer of [idle, life, trailing]) clearTimeout(timer);
    open.delete(socket);
    conversation.drop();
  });
}
