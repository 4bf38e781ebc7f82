import type { Socket } from 'node:net';
import type { CertificateService } from '../features/certificates/certificate-service.js';
import type { ClientCertificate } from '../tls/client-certificate.js';
import { closeWith, lineOf } from '../net/close-with.js';
import type { NoteRefusal } from './gateway-refusals.js';
import type { Conversation, Converse, Expiry } from './tcp-gateway.js';

/** What the gate of a gateway works with. */
export interface CertificateGateDeps {
  readonly gateway: string;
  readonly certificates: Pick<CertificateService, 'bearerOf'>;
  readonly noteRefusal: NoteRefusal;
}

/**
 * Has conversations begin only where the client's certificate, if one is asked for, is of an active account: else one line says why
 * not, and the connection is closed.
 */
export function behindCertificate(converse: Converse, deps: CertificateGateDeps): Converse {
  return (socket, endpoint, certificate) =>
    certificate === undefined
      ? converse(socket, endpoint, undefined)
      : new CertificateGate({ socket, endpoint, certificate }, converse, deps);
}

interface Comer {
  readonly socket: Socket;
  readonly endpoint: string;
  readonly certificate: ClientCertificate;
}

/** A connection of which it is not yet known whose it is. Nothing of it is read until then. */
class CertificateGate implements Conversation {
  readonly #comer: Comer;
  readonly #converse: Converse;
  readonly #deps: CertificateGateDeps;
  #inside: Conversation | undefined;
  #hasEnded = false;
  #isOver = false;

  constructor(comer: Comer, converse: Converse, deps: CertificateGateDeps) {
    this.#comer = comer;
    this.#converse = converse;
    this.#deps = deps;
    comer.socket.pause();
    void this.#look();
  }

  take(piece: Buffer): void {
    this.#inside?.take(piece);
  }

  end(): void {
    // It is told of though nothing is read.
    this.#hasEnded = true;
    this.#inside?.end();
  }

  expire(why: Expiry): void {
    if (this.#inside === undefined) this.#close('');
    else this.#inside.expire(why);
  }

  drop(): void {
    this.#isOver = true;
    this.#inside?.drop();
  }

  async #look(): Promise<void> {
    const { socket, endpoint, certificate } = this.#comer;
    const { certificates, gateway, noteRefusal } = this.#deps;
    try {
      await certificates.bearerOf(certificate);
    } catch (error) {
      this.#close(lineOf(noteRefusal(error, { gateway, action: 'connect', endpoint })));
      return;
    }
    if (this.#isOver) return;
    this.#inside = this.#converse(socket, endpoint, certificate);
    socket.resume();
    if (this.#hasEnded) this.#inside.end();
  }

  #close(text: string): void {
    this.#isOver = true;
    closeWith(this.#comer.socket, text);
  }
}
