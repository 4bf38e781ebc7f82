import type { ClientCertificate } from '../../tls/client-certificate.js';

/** Somebody who has logged on, until it leaves. */
export interface Entrant {
  readonly token: string;
  /** Ends the session. @throws AppError `database.…` */
  leave(): Promise<void>;
}

/** Ends the session of somebody who is gone; never rejects. */
export type LetGo = (entrant: Entrant) => Promise<void>;

/** Who is at the other end of a connection. What has been logged on by it is logged on no longer than it lasts. */
export class RecordsVisit {
  readonly endpoint: string;
  /** Undefined where none is asked for. */
  readonly certificate: ClientCertificate | undefined;
  readonly #letGo: LetGo;
  #entrant: Entrant | undefined;
  #isOver = false;

  constructor(endpoint: string, certificate: ClientCertificate | undefined, letGo: LetGo) {
    this.endpoint = endpoint;
    this.certificate = certificate;
    this.#letGo = letGo;
  }

  /** Takes in who has logged on, in the place of who was before. */
  async enter(entrant: Entrant): Promise<void> {
    const before = this.#isOver ? entrant : this.#entrant;
    if (!this.#isOver) this.#entrant = entrant;
    if (before !== undefined) await this.#letGo(before);
  }

  /** The connection is gone. */
  leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#entrant !== undefined) void this.#letGo(this.#entrant);
  }
}
