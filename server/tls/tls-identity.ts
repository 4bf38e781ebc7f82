import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { TlsMode } from '../config/tls-mode.js';
import { AppError } from '../errors/app-error.js';
import { canonicalAddress } from '../net/canonical-address.js';
import { closeWith, lineOf } from '../net/close-with.js';
import type { Logger } from '../observability/logger.js';
import type { PeerCheck } from './client-certificate.js';
import { stateOf } from './file-states.js';
import { createHandshakeLog, type NoteHandshake } from './handshake-log.js';
import { checkPeerOf, refusal } from './peer-check.js';
import type { Secure } from './secure.js';
import { TlsDoor, type TlsDoorOptions } from './tls-door.js';
import { readTlsMaterial, tlsPaths, type TlsFileSettings, type TlsMaterial } from './tls-material.js';

/** What the certificate works with beside its files. */
export interface TlsIdentityDeps {
  readonly logger: Logger;
  /** Milliseconds since 1970. The system's own where it is not given: OpenSSL goes by that too. */
  readonly now?: (() => number) | undefined;
  /** How often the files are looked at, in milliseconds. */
  readonly pollMs?: number | undefined;
}

/** What came of reading the files again. */
export type ReloadOutcome = 'renewed' | 'unchanged';

/** How HTTP gets its connections. */
export interface HttpsDoor {
  /** Shakes hands, whatever the client's certificate: {@link TlsIdentity.checkPeer} says whether it is in order. */
  readonly secure: (raw: Socket, onSecured: (socket: TLSSocket) => void) => void;
  /** Closes who is still shaking hands. */
  readonly cutHandshakes: () => void;
}

const POLL_MS = 2000;
const DAY_MS = 86_400_000;
const WARN_BEFORE_MS = 14 * DAY_MS;

/**
 * The certificate that gatherd shows at its doors, and whose clients it trusts there. The files are looked at all the time, and what
 * they say now is what new connections get; those that are open go on, unless their certificate is revoked.
 */
export class TlsIdentity implements AsyncDisposable {
  readonly #settings: TlsFileSettings;
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #doors: { readonly door: TlsDoor; readonly isMutual: boolean }[] = [];
  readonly #checks = new WeakMap<Socket, PeerCheck>();
  /** Connections of clients with a certificate. */
  readonly #peers = new Set<TLSSocket>();
  readonly #noteFailure: NoteHandshake;
  readonly #noteRefusal: NoteHandshake;
  readonly #timers: readonly NodeJS.Timeout[];
  #material: TlsMaterial;
  /** Of the files, when they were read last, whether they were in order or not. */
  #state: string;
  #reading: Promise<unknown> = Promise.resolve();

  private constructor(
    settings: TlsFileSettings,
    { material, state }: { material: TlsMaterial; state: string },
    { logger, now = Date.now, pollMs = POLL_MS }: TlsIdentityDeps,
  ) {
    this.#settings = settings;
    this.#material = material;
    this.#state = state;
    this.#logger = logger;
    this.#now = now;
    this.#noteFailure = createHandshakeLog(logger, 'A connection could not be secured.');
    this.#noteRefusal = createHandshakeLog(logger, 'The certificate of a client was refused.');
    this.#timers = [
      setInterval(() => void this.#poll(), pollMs).unref(),
      setInterval(() => {
        this.#warnOfAge();
      }, DAY_MS).unref(),
    ];
    this.#warnOfAge();
  }

  /**
   * Reads the files, and begins to watch them.
   *
   * @throws AppError `config.invalid` that names the setting, the file and the reason
   */
  static async open(settings: TlsFileSettings, deps: TlsIdentityDeps): Promise<TlsIdentity> {
    const state = await stateOf(tlsPaths(settings));
    const material = await readTlsMaterial(settings, (deps.now ?? Date.now)());
    return new TlsIdentity(settings, { material, state }, deps);
  }

  /** What new connections are shown. */
  get certificate(): X509Certificate {
    return this.#material.certificate;
  }

  /** Until when the certificate is good. */
  get expiresAt(): Date {
    return this.#material.expiresAt;
  }

  /**
   * Makes what the connections of a gateway of lines are secured with; undefined where they are not. Who is refused is told why in one
   * line, and closed.
   *
   * @param name - of the gateway
   */
  secure(name: string, mode: TlsMode): Secure | undefined {
    if (mode === 'off') return undefined;
    const door = this.#open({ name, isMutual: mode === 'mutual', noteFailure: this.#noteFailure });
    return (raw, onReady) => {
      door.secure(raw, (socket) => {
        const check = this.checkPeer(socket);
        if (check === undefined) onReady(socket);
        else if ('certificate' in check) onReady(socket, check.certificate);
        else closeWith(socket, lineOf(check.refusal));
      });
    };
  }

  /**
   * Makes what the connections of HTTP are secured with.
   *
   * @param onPlain - answers who speaks plain HTTP, and closes
   */
  secureHttp(mode: Exclude<TlsMode, 'off'>, onPlain: TlsDoorOptions['onPlain']): HttpsDoor {
    const isMutual = mode === 'mutual';
    const door = this.#open({
      ...{ name: 'http', isMutual, protocol: 'http/1.1', onPlain },
      noteFailure: this.#noteFailure,
    });
    return {
      secure: (raw, onSecured) => {
        door.secure(raw, onSecured);
      },
      cutHandshakes: () => {
        door.cutHandshakes();
      },
    };
  }

  /** What came of looking at a client's certificate; undefined where its door asks for none. */
  checkPeer(socket: Socket): PeerCheck | undefined {
    const check = this.#checks.get(socket);
    if (check === undefined || 'refusal' in check) return check;
    return check.certificate.expiresAt.getTime() > this.#now() ? check : refusal('it has expired');
  }

  /**
   * Reads the files again. Where they are in order new connections get what they say, and who was revoked is cut off; else all stays
   * as it is.
   *
   * @throws AppError `config.invalid`, which is logged too
   */
  reload(): Promise<ReloadOutcome> {
    const reading = this.#reading.then(() => this.#reload());
    this.#reading = reading.catch(() => undefined);
    return reading;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#reading;
  }

  async #poll(): Promise<void> {
    const state = await stateOf(tlsPaths(this.#settings));
    if (state !== this.#state) await this.reload().catch(() => undefined);
  }

  async #reload(): Promise<ReloadOutcome> {
    this.#state = await stateOf(tlsPaths(this.#settings));
    try {
      const material = await readTlsMaterial(this.#settings, this.#now(), this.#material);
      if (material.digest === this.#material.digest) return 'unchanged';
      this.#take(material);
      return 'renewed';
    } catch (error) {
      this.#logger.warn(
        { err: error },
        'The certificate files are not in order: what was read before stays in use.',
      );
      throw error;
    }
  }

  #take(material: TlsMaterial): void {
    this.#material = material;
    for (const { door, isMutual } of this.#doors) door.renew(this.#contextOf(isMutual));
    const { expiresAt } = material;
    this.#logger.info(
      { expiresAt },
      'The certificate files have changed: new connections get what they say.',
    );
    this.#warnOfAge();
    this.#cutRevoked();
  }

  #cutRevoked(): void {
    for (const socket of this.#peers) {
      const certificate = socket.getPeerX509Certificate();
      if (certificate === undefined || !this.#material.revocations.hasAnyOf(certificate)) continue;
      const { serialNumber } = certificate;
      this.#logger.info({ serialNumber }, 'A connection is cut off: its certificate was revoked.');
      socket.destroy();
    }
  }

  #open(options: TlsDoorOptions): TlsDoor {
    const { isMutual } = options;
    const door = new TlsDoor(options, this.#contextOf(isMutual), (socket) => {
      if (isMutual) this.#look(options.name, socket);
    });
    this.#doors.push({ door, isMutual });
    return door;
  }

  #look(door: string, socket: TLSSocket): void {
    const check = checkPeerOf(socket, this.#material.revocations, this.#now());
    this.#checks.set(socket, check);
    if ('refusal' in check) {
      const reason = String(check.refusal.details['reason']);
      this.#noteRefusal({ door, endpoint: canonicalAddress(socket.remoteAddress), reason });
      return;
    }
    this.#peers.add(socket);
    socket.once('close', () => this.#peers.delete(socket));
  }

  #contextOf(isMutual: boolean) {
    if (!isMutual) return this.#material.server;
    if (this.#material.mutual !== undefined) return this.#material.mutual;
    const problems = 'GATHERD_TLS_CLIENT_CA: is needed where clients need a certificate';
    throw new AppError('config.invalid', { details: { problems } });
  }

  #warnOfAge(): void {
    const { expiresAt, revocations } = this.#material;
    if (revocations.staleAt !== undefined && revocations.staleAt.getTime() <= this.#now())
      this.#logger.warn(
        { staleAt: revocations.staleAt },
        'The list of revoked certificates is out of date: who was revoked since is not in it.',
      );
    const leftMs = expiresAt.getTime() - this.#now();
    if (leftMs > WARN_BEFORE_MS) return;
    this.#logger.warn(
      { path: this.#settings.tlsCert, expiresAt, days: Math.max(0, Math.floor(leftMs / DAY_MS)) },
      leftMs > 0 ? 'The certificate expires soon.' : 'The certificate has expired.',
    );
  }
}
