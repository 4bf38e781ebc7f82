import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { canonicalAddress } from '../net/canonical-address.js';
import type { Logger } from '../observability/logger.js';
import type { PeerCheck } from './client-certificate.js';
import { createHandshakeLog, type NoteHandshake } from './handshake-log.js';
import { lookAtPeer, recheckPeer } from './peer-check.js';
import type { TrustedClients } from './trusted-clients.js';

/** What is known of clients is held against. */
export interface PeersDeps {
  readonly logger: Logger;
  /** Milliseconds. */
  readonly now: () => number;
  /** Who is trusted now. */
  readonly trusted: () => TrustedClients;
}

/** The clients that were asked for a certificate, as long as they are connected. */
export class Peers {
  readonly #deps: PeersDeps;
  readonly #noteRefusal: NoteHandshake;
  readonly #seen = new WeakMap<Socket, ReturnType<typeof lookAtPeer>>();
  /** Those whose certificate was in order. */
  readonly #open = new Set<Socket>();

  constructor(deps: PeersDeps) {
    this.#deps = deps;
    this.#noteRefusal = createHandshakeLog(deps.logger, 'The certificate of a client was refused.');
  }

  /** Looks at a client that has just connected. */
  look(door: string, socket: TLSSocket): void {
    this.#seen.set(socket, lookAtPeer(socket, this.#deps.trusted(), this.#deps.now()));
    const check = this.check(socket);
    if (check !== undefined && 'refusal' in check) {
      const reason = String(check.refusal.details['reason']);
      this.#noteRefusal({ door, endpoint: canonicalAddress(socket.remoteAddress), reason });
      return;
    }
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
  }

  /** What is to be said of a client now; undefined where it was not looked at. */
  check(socket: Socket): PeerCheck | undefined {
    const seen = this.#seen.get(socket);
    if (seen === undefined || 'refusal' in seen) return seen;
    return recheckPeer(seen, this.#deps.trusted(), this.#deps.now());
  }

  /** Cuts off whose certificate is no longer in order. */
  cutRefused(): void {
    for (const socket of this.#open) {
      const [seen, check] = [this.#seen.get(socket), this.check(socket)];
      if (seen === undefined || 'refusal' in seen || check === undefined || 'certificate' in check) continue;
      const { serialNumber } = seen.certificate;
      const { reason } = check.refusal.details;
      this.#deps.logger.info(
        { serialNumber, reason },
        'A connection is cut off: its certificate is no longer in order.',
      );
      socket.destroy();
    }
  }
}
