import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { SocketAddress } from '../config/setting-kinds.js';
import { canonicalAddress } from '../net/canonical-address.js';
import type { ClientCertificate } from '../tls/client-certificate.js';
import type { OnSecured, Secure } from '../tls/secure.js';
import type { ConnectionLimits } from './connection-limits.js';
import type { OnDrop } from './drop-logs.js';
import { addressText, cannotListen, type Gateway } from './gateway.js';

/** How long and how much one client may occupy a gateway of TCP. Times in milliseconds. */
export interface TcpLimits {
  /** Without a byte from a client that has to say more. */
  readonly idleMs: number;
  /** Whether what is sent to a client counts against its idling too. */
  readonly isKeptByWrites?: boolean;
  /** Of a connection as a whole; undefined, as long as it likes. */
  readonly lifeMs?: number | undefined;
  /** A client may go on sending, or leave its answer unread, when it has been answered. */
  readonly trailingMs: number;
  /** What is under way may take when the gateway is closed. */
  readonly graceMs: number;
  /** After so much silence the machine asks whether the peer's is still there; undefined, it does not. */
  readonly keepAliveMs?: number | undefined;
}

/** Who gets in, for how long, and what is done first. */
export interface TcpOptions extends TcpLimits {
  readonly connections: ConnectionLimits;
  /** Undefined: what is said goes over the network as it is. */
  readonly secure?: Secure | undefined;
}

/** Why a conversation has to come to its end. */
export type Expiry = 'idle' | 'closing';

/** What a gateway does with one connection. */
export interface Conversation {
  /** Takes what has come. */
  take(piece: Buffer): void;
  /** The peer will not say more. */
  end(): void;
  /** The peer was silent for too long, or the gateway is closed: says what is to be said, and closes. */
  expire(why: Expiry): void;
  /** The connection is gone. */
  drop(): void;
}

/**
 * Begins the conversation of a connection.
 *
 * @param address - the peer's, in its canonical form
 * @param certificate - the peer's, where one is asked for: it is in order
 */
export type Converse = (
  socket: Socket,
  address: string,
  certificate: ClientCertificate | undefined,
) => Conversation;

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
    options: TcpOptions,
    onDrop: OnDrop,
  ): Promise<TcpGateway> {
    const open = new Map<Socket, Conversation>();
    const { keepAliveMs } = options;
    const keepAlive =
      keepAliveMs === undefined ? {} : { keepAlive: true, keepAliveInitialDelay: keepAliveMs };
    const server = createServer({ allowHalfOpen: true, noDelay: true, ...keepAlive }, (raw) => {
      // A connection that breaks is closed, which is all there is to know.
      raw.on('error', () => undefined);
      const address = canonicalAddress(raw.remoteAddress);
      const leave = options.connections.admit(address);
      if (typeof leave === 'string') {
        onDrop(leave, address);
        raw.destroy();
        return;
      }
      raw.once('close', leave);
      const begin: OnSecured = (socket, certificate) => {
        attend(socket, converse(socket, address, certificate), open, options);
      };
      if (options.secure === undefined) begin(raw);
      else secureFirst(raw, options.secure, open, begin);
    });
    server.listen({ ...at, backlog: 511 });
    try {
      await once(server, 'listening');
    } catch (error) {
      throw cannotListen(`GATHERD_${name.toUpperCase()}`, at, error);
    }
    return new TcpGateway(name, server, open, options.graceMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const conversation of this.#open.values()) conversation.expire('closing');
    const timer = setTimeout(() => {
      for (const socket of this.#open.keys()) socket.destroy();
    }, this.#graceMs);
    await closed;
    clearTimeout(timer);
    // Of what is secured the connection below is gone, and it is told of that a little later.
    await Promise.all([...this.#open.keys()].map(gone));
  }
}

function gone(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.destroy().once('close', resolve));
}

function secureFirst(raw: Socket, secure: Secure, open: Map<Socket, Conversation>, begin: OnSecured): void {
  const nothing = () => undefined;
  open.set(raw, { take: nothing, end: nothing, drop: nothing, expire: () => raw.destroy() });
  raw.once('close', () => open.delete(raw));
  secure(raw, (socket, certificate) => {
    open.delete(raw);
    begin(socket, certificate);
  });
}

function attend(
  socket: Socket,
  conversation: Conversation,
  open: Map<Socket, Conversation>,
  limits: TcpLimits,
): void {
  open.set(socket, conversation);
  let trailing: NodeJS.Timeout | undefined;
  const clock = limitTime(socket, limits, () => {
    // What has been said and is still unread has had its time.
    if (socket.writableEnded) socket.destroy();
    else conversation.expire('idle');
  });
  socket.on('data', (piece: Buffer) => {
    clock.onData();
    if (!socket.writableEnded) conversation.take(piece);
  });
  socket.on('end', () => {
    if (!socket.writableEnded) conversation.end();
  });
  // Closed only when the peer has closed too, or has had its time: it would see a reset in place of its answer.
  socket.on('finish', () => {
    trailing = setTimeout(() => socket.destroy(), limits.trailingMs);
  });
  socket.once('close', () => {
    clock.stop();
    clearTimeout(trailing);
    open.delete(socket);
    conversation.drop();
  });
}

function limitTime(socket: Socket, { idleMs, isKeptByWrites, lifeMs }: TcpLimits, expire: () => void) {
  // Node's own clock of a socket goes by what comes and what goes.
  if (isKeptByWrites === true) socket.setTimeout(idleMs, expire);
  const idle = isKeptByWrites === true ? undefined : setTimeout(expire, idleMs);
  const life = lifeMs === undefined ? undefined : setTimeout(expire, lifeMs);
  return {
    onData: () => idle?.refresh(),
    stop: () => {
      clearTimeout(idle);
      clearTimeout(life);
    },
  };
}
