import type { Socket } from 'node:net';
import { createServer, type SecureContextOptions, type Server, type TLSSocket } from 'node:tls';
import { canonicalAddress } from '../net/canonical-address.js';
import type { NoteHandshake } from './handshake-log.js';

const HANDSHAKE_MS = 10_000;
/** The first byte of everything that a client says in TLS before it is secured: RFC 8446 section 5.1. */
const HANDSHAKE_RECORD = 0x16;

/** Who a door lets in, and what becomes of who does not speak TLS. */
export interface TlsDoorOptions {
  readonly name: string;
  readonly isMutual: boolean;
  /** What is spoken inside, RFC 7301; undefined, that is not agreed upon. */
  readonly protocol?: string | undefined;
  /** Answers who speaks something else, and closes. Without it such a connection is closed. */
  readonly onPlain?: ((raw: Socket, first: Buffer) => void) | undefined;
  readonly noteFailure: NoteHandshake;
  /** How long a client has for its handshake, from when it is connected, in milliseconds. */
  readonly handshakeMs?: number | undefined;
}

interface Shaking {
  readonly raw: Socket;
  readonly onSecured: (socket: TLSSocket) => void;
  /** Whether it goes on when the client has said all that it has to say. */
  readonly allowHalfOpen: boolean;
}

/**
 * Shakes hands with the clients of one door. The server in it does not listen: it is given connections, and its certificate can be
 * replaced while others are open.
 */
export class TlsDoor {
  readonly name: string;
  readonly #server: Server;
  readonly #options: TlsDoorOptions;
  readonly #look: (socket: TLSSocket) => void;
  /** By the four numbers that make a connection: Node says of a secured socket only these. */
  readonly #shaking = new Map<string, Shaking>();
  readonly #unsecured = new Set<Socket>();

  /** @param look - told of each secured connection before anybody else */
  constructor(options: TlsDoorOptions, context: SecureContextOptions, look: (socket: TLSSocket) => void) {
    const { name, isMutual, protocol } = options;
    this.name = name;
    this.#options = options;
    this.#look = look;
    this.#server = createServer({
      ...context,
      requestCert: isMutual,
      // Who shows none, or one that is not in order, is told so.
      rejectUnauthorized: false,
      ...(protocol === undefined ? {} : { ALPNProtocols: [protocol] }),
    });
    this.#server.on('secureConnection', (socket) => {
      this.#onSecured(socket);
    });
    this.#server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
      this.#onFailure(error, socket);
    });
  }

  /** From now on connections get this certificate; those that are open go on. */
  renew(context: SecureContextOptions): void {
    this.#server.setSecureContext(context);
  }

  /** Shakes hands; a connection that does not get there in time is destroyed. */
  secure(raw: Socket, onSecured: (socket: TLSSocket) => void): void {
    const timer = setTimeout(() => {
      this.#note(raw, 'it took too long');
      raw.destroy();
    }, this.#options.handshakeMs ?? HANDSHAKE_MS);
    this.#unsecured.add(raw);
    const settle = () => {
      clearTimeout(timer);
      this.#unsecured.delete(raw);
    };
    raw.once('close', settle);
    awaitFirst(raw, (first) => {
      if (first[0] === HANDSHAKE_RECORD)
        this.#shakeHands(raw, (socket) => {
          settle();
          raw.off('close', settle);
          onSecured(socket);
        });
      else this.#refusePlain(raw, first);
    });
  }

  /** Closes who is still shaking hands. */
  cutHandshakes(): void {
    for (const raw of this.#unsecured) raw.destroy();
  }

  #shakeHands(raw: Socket, onSecured: (socket: TLSSocket) => void): void {
    const key = keyOf(raw);
    if (key === undefined) {
      raw.destroy();
      return;
    }
    const shaking = { raw, onSecured, allowHalfOpen: raw.allowHalfOpen };
    // Who says no more in mid-handshake has left.
    raw.allowHalfOpen = false;
    this.#shaking.set(key, shaking);
    raw.once('close', () => {
      if (this.#shaking.get(key) === shaking) this.#shaking.delete(key);
    });
    this.#server.emit('connection', raw);
  }

  #onSecured(socket: TLSSocket): void {
    const shaking = this.#take(socket);
    // A connection that breaks is closed, which is all there is to know.
    socket.on('error', () => undefined);
    if (shaking === undefined) {
      socket.destroy();
      return;
    }
    socket.once('close', () => shaking.raw.destroy());
    shaking.raw.allowHalfOpen = shaking.allowHalfOpen;
    socket.allowHalfOpen = shaking.allowHalfOpen;
    this.#look(socket);
    shaking.onSecured(socket);
  }

  #onFailure(error: NodeJS.ErrnoException, socket: TLSSocket): void {
    const raw = this.#take(socket)?.raw;
    // Who leaves is nobody's failure.
    if (error.code !== 'ECONNRESET') this.#note(raw ?? socket, reasonOf(error));
    socket.destroy();
    raw?.destroy();
  }

  #refusePlain(raw: Socket, first: Buffer): void {
    this.#note(raw, 'it does not speak TLS');
    if (this.#options.onPlain === undefined) raw.destroy();
    else this.#options.onPlain(raw, first);
  }

  #take(socket: TLSSocket): Shaking | undefined {
    const key = keyOf(socket);
    if (key === undefined) return undefined;
    const shaking = this.#shaking.get(key);
    this.#shaking.delete(key);
    return shaking;
  }

  #note(socket: Socket, reason: string): void {
    const endpoint = canonicalAddress(socket.remoteAddress);
    this.#options.noteFailure({ door: this.name, endpoint, reason });
  }
}

function keyOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string | undefined {
  if (remoteAddress === undefined) return undefined;
  return [remoteAddress, remotePort, localAddress, localPort].join(' ');
}

// Looks at what a client says first, and puts it back.
function awaitFirst(raw: Socket, onFirst: (first: Buffer) => void): void {
  const leave = () => raw.destroy();
  const look = () => {
    const first = raw.read() as Buffer | null;
    if (first === null) return;
    raw.off('readable', look);
    raw.off('end', leave);
    raw.unshift(first);
    onFirst(first);
  };
  raw.once('end', leave);
  raw.on('readable', look);
}

// OpenSSL's own words, `unsupported protocol` for one: no text of the client is in them.
function reasonOf(error: NodeJS.ErrnoException & { reason?: string }): string {
  return error.reason ?? error.code ?? error.name;
}
