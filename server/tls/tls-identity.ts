import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import type { SecureContextOptions, TLSSocket } from 'node:tls';
import type { TlsMode } from '../config/tls-mode.js';
import { AppError } from '../errors/app-error.js';
import { closeWith, lineOf } from '../net/close-with.js';
import type { Logger } from '../observability/logger.js';
import type { PeerCheck } from './client-certificate.js';
import { createHandshakeLog, type NoteHandshake } from './handshake-log.js';
import { Peers } from './peers.js';
import type { Secure } from './secure.js';
import { TlsDoor, type TlsDoorOptions } from './tls-door.js';
import { TlsFiles } from './tls-files.js';
import {
  mutualContext,
  readServerMaterial,
  serverContext,
  type ServerMaterial,
  type TlsFileSettings,
} from './tls-material.js';
import {
  clientPaths,
  isSame,
  readTrustedClients,
  withoutList,
  type TrustedClients,
} from './trusted-clients.js';

/** What the certificate works with beside its files. */
export interface TlsIdentityDeps {
  readonly logger: Logger;
  /** Milliseconds since 1970. The system's own where it is not given: OpenSSL goes by that too. */
  readonly now?: (() => number) | undefined;
  /** How often the files are looked at, in milliseconds. */
  readonly pollMs?: number | undefined;
  /** How long a client has for its handshake, in milliseconds. */
  readonly handshakeMs?: number | undefined;
  /** What the files are read by. */
  readonly files?: TlsFiles | undefined;
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

interface Material {
  readonly server: ServerMaterial;
  readonly clients: TrustedClients;
  /** Of the files, before they were read. */
  readonly state: string;
}

/**
 * The certificate that gatherd shows at its doors, and whose clients it trusts there. The files are looked at all the time, and what
 * they say now is what new connections get; those that are open go on, unless the certificate of their client is no longer in order.
 */
export class TlsIdentity implements AsyncDisposable {
  readonly #settings: TlsFileSettings;
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #handshakeMs: number | undefined;
  readonly #files: TlsFiles;
  readonly #doors: { readonly door: TlsDoor; readonly isMutual: boolean }[] = [];
  readonly #peers: Peers;
  readonly #noteFailure: NoteHandshake;
  readonly #timers: readonly NodeJS.Timeout[];
  #server: ServerMaterial;
  #clients: TrustedClients;
  /** Of the files, when they were read last, whether they were in order or not. */
  #state: string;
  /** What was said when they were read last and not in order: they are read again and again then, and it is said once. */
  #warned: string | undefined;
  #reading: Promise<unknown> = Promise.resolve();
  #isPolling = false;
  #isClosed = false;

  private constructor(
    settings: TlsFileSettings,
    { server, clients, state }: Material,
    files: TlsFiles,
    { logger, now = Date.now, pollMs = POLL_MS, handshakeMs }: TlsIdentityDeps,
  ) {
    this.#settings = settings;
    this.#server = server;
    this.#clients = clients;
    this.#state = state;
    this.#files = files;
    this.#logger = logger;
    this.#now = now;
    this.#handshakeMs = handshakeMs;
    this.#peers = new Peers({ logger, now, trusted: () => this.#clients });
    this.#noteFailure = createHandshakeLog(logger, 'A connection could not be secured.');
    this.#timers = [
      setInterval(() => {
        this.#peers.cutRefused();
        this.#poll();
      }, pollMs).unref(),
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
    const { files = new TlsFiles(), now = Date.now } = deps;
    const state = await files.stateOf(pathsOf(settings));
    const server = await readServerMaterial(files, settings, now());
    const clients = await readTrustedClients(files, settings);
    return new TlsIdentity(settings, { server, clients, state }, files, deps);
  }

  /** What new connections are shown. */
  get certificate(): X509Certificate {
    return this.#server.certificate;
  }

  /** Until when the certificate is good. */
  get expiresAt(): Date {
    return this.#server.expiresAt;
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

  /** What is to be said of a client's certificate now; undefined where its door asks for none. */
  checkPeer(socket: Socket): PeerCheck | undefined {
    return this.#peers.check(socket);
  }

  /**
   * Reads the files again. New connections get what they say, and who was revoked is cut off. What is not in order stays as it is:
   * certificate and key as one, and whose clients are trusted as another.
   *
   * @throws AppError `config.invalid` where nothing new is in effect since something is not in order; that is logged in any case
   */
  reload(): Promise<ReloadOutcome> {
    const reading = this.#reading.then(() => {
      this.#warned = undefined;
      return this.#reload();
    });
    this.#reading = reading.catch(() => undefined);
    return reading;
  }

  /** Does not wait for a disk that does not answer. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#timers) clearInterval(timer);
    return Promise.resolve();
  }

  #poll(): void {
    if (this.#isPolling) return;
    this.#isPolling = true;
    this.#reading = this.#reading
      .then(async () => {
        const state = await this.#files.stateOf(pathsOf(this.#settings));
        if (state !== this.#state || this.#warned !== undefined) await this.#reload();
      })
      .catch(() => undefined)
      .finally(() => {
        this.#isPolling = false;
      });
  }

  async #reload(): Promise<ReloadOutcome> {
    this.#state = await this.#files.stateOf(pathsOf(this.#settings));
    const failures: unknown[] = [];
    const note = (error: unknown) => {
      failures.push(error);
      return undefined;
    };
    const clients = await readTrustedClients(this.#files, this.#settings, this.#clients).catch(note);
    const server = await readServerMaterial(this.#files, this.#settings, this.#now(), this.#server).catch(
      note,
    );
    if (this.#isClosed) return 'unchanged';
    const isRenewed = this.#take(server ?? this.#server, clients ?? this.#clients);
    this.#warnOfFailures(failures);
    this.#warnOfMissingLists();
    if (isRenewed) return 'renewed';
    if (failures.length > 0) throw failures[0];
    return 'unchanged';
  }

  #take(server: ServerMaterial, clients: TrustedClients): boolean {
    const { cert, key } = this.#server;
    if (server.cert === cert && server.key === key && isSame(clients, this.#clients)) return false;
    this.#server = server;
    this.#clients = clients;
    for (const { door, isMutual } of this.#doors) door.renew(this.#contextOf(isMutual));
    const { expiresAt } = server;
    this.#logger.info(
      { expiresAt },
      'The certificate files have changed: new connections get what they say.',
    );
    this.#warnOfAge();
    this.#peers.cutRefused();
    return true;
  }

  #warnOfFailures(failures: readonly unknown[]): void {
    const said = failures.length === 0 ? undefined : [this.#state, ...failures.map(String)].join('\n');
    const isNew = said !== this.#warned;
    this.#warned = said;
    if (!isNew) return;
    for (const err of failures)
      this.#logger.warn(
        { err },
        'The certificate files are not in order: what was read before stays in use.',
      );
  }

  #open(options: TlsDoorOptions): TlsDoor {
    const { isMutual } = options;
    const door = new TlsDoor(
      { ...options, handshakeMs: this.#handshakeMs },
      this.#contextOf(isMutual),
      (socket) => {
        if (isMutual) this.#peers.look(options.name, socket);
      },
    );
    const isFirstMutual = isMutual && !this.#isMutual;
    this.#doors.push({ door, isMutual });
    if (isFirstMutual) this.#warnOfMissingLists();
    return door;
  }

  get #isMutual(): boolean {
    return this.#doors.some(({ isMutual }) => isMutual);
  }

  #contextOf(isMutual: boolean): SecureContextOptions {
    if (!isMutual) return serverContext(this.#server);
    if (this.#clients.authorities.length > 0) return mutualContext(this.#server, this.#clients);
    const problems = 'GATHERD_TLS_CLIENT_CA: is needed where clients need a certificate';
    throw new AppError('config.invalid', { details: { problems } });
  }

  #warnOfMissingLists(): void {
    const authorities = this.#isMutual ? withoutList(this.#clients) : [];
    if (authorities.length === 0) return;
    this.#logger.warn(
      { authorities },
      'There is no list of what these authorities have revoked: all their certificates are taken.',
    );
  }

  #warnOfAge(): void {
    const { expiresAt } = this.#server;
    const { staleAt } = this.#clients.revocations;
    if (staleAt !== undefined && staleAt.getTime() <= this.#now())
      this.#logger.warn(
        { staleAt },
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

function pathsOf(settings: TlsFileSettings): string[] {
  return [settings.tlsCert, settings.tlsKey, ...clientPaths(settings)];
}
