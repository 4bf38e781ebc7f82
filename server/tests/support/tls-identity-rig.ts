import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { TlsIdentity, type TlsIdentityDeps } from '../../tls/tls-identity.js';
import type { ClientCertificate } from '../../tls/client-certificate.js';
import type { TlsMode } from '../../config/tls-mode.js';
import { makeTestAuthority, type TestAuthority, type WrittenAuthority } from './test-authority.js';
import { temporaryDirectory } from './temporary-directory.js';
import { until } from './until.js';

/** Waits until a connection is gone, in whatever way. */
export function gone(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    socket.once('close', () => {
      resolve();
    });
  });
}

/** A line of the log. */
export type TlsLogLine = Readonly<Record<string, unknown>> & { readonly msg: string };

/** An authority, files of it, and a certificate that is read from them; doors of it say `welcome` and what they know of a client. */
export class TlsIdentityRig implements AsyncDisposable {
  readonly authority: TestAuthority;
  readonly files: WrittenAuthority;
  readonly folder: string;
  readonly log: TlsLogLine[] = [];
  /** What doors were told of. */
  readonly secured: { readonly socket: Socket; readonly certificate: ClientCertificate | undefined }[] = [];
  readonly #removal: AsyncDisposable;
  readonly #servers: Server[] = [];
  readonly #clients: TLSSocket[] = [];
  #identity: TlsIdentity | undefined;

  private constructor(
    authority: TestAuthority,
    files: WrittenAuthority,
    directory: { readonly path: string } & AsyncDisposable,
  ) {
    this.authority = authority;
    this.files = files;
    this.folder = directory.path;
    this.#removal = directory;
  }

  /** Makes an authority and its files. */
  static async make(): Promise<TlsIdentityRig> {
    const [authority, directory] = [await makeTestAuthority(), await temporaryDirectory()];
    return new TlsIdentityRig(authority, await authority.writeTo(directory.path), directory);
  }

  /** The same, and opens it. @param pollMs - how often the files are looked at; else as good as never */
  static async open(pollMs = 2 ** 30): Promise<TlsIdentityRig> {
    const rig = await TlsIdentityRig.make();
    await rig.read(pollMs);
    return rig;
  }

  /** What was read. */
  get identity(): TlsIdentity {
    if (this.#identity === undefined) throw new Error('nothing was read');
    return this.#identity;
  }

  /** Reads the files; what was read before is closed. */
  async read(pollMs = 2 ** 30, deps: Omit<TlsIdentityDeps, 'logger'> = {}): Promise<TlsIdentity> {
    await this.#identity?.[Symbol.asyncDispose]();
    const { ca, serverCert, serverKey } = this.files;
    const settings = { tlsCert: serverCert, tlsKey: serverKey, tlsClientCa: ca, tlsClientCrl: undefined };
    const logger = pino({ base: null }, { write: (line) => this.log.push(JSON.parse(line) as TlsLogLine) });
    this.#identity = await TlsIdentity.open(settings, { logger, pollMs, ...deps });
    return this.#identity;
  }

  /** Opens a door; answers its port. */
  async listen(mode: Exclude<TlsMode, 'off'>): Promise<number> {
    const secure = this.identity.secure('chat', mode);
    const server = createServer({ allowHalfOpen: true }, (raw) => {
      raw.on('error', () => undefined);
      secure?.(raw, (socket, certificate) => {
        this.secured.push({ socket, certificate });
        socket.write(`welcome ${certificate?.name ?? 'everybody'}\n`);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.#servers.push(server);
    return (server.address() as AddressInfo).port;
  }

  /** Connects, trusting the authority. */
  connect(port: number, options: ConnectionOptions = {}): TLSSocket {
    const socket = connect({
      port,
      host: '127.0.0.1',
      servername: 'localhost',
      ca: this.authority.caPem,
      ...options,
    });
    socket.on('error', () => undefined);
    this.#clients.push(socket);
    return socket;
  }

  /** Connects, and answers the first line that comes; nothing, where it is closed without one. */
  async hear(port: number, options: ConnectionOptions = {}): Promise<string> {
    const socket = this.connect(port, options);
    const [first] = await Promise.race([
      once(socket, 'data') as Promise<[Buffer]>,
      gone(socket).then(() => [Buffer.alloc(0)] as const),
    ]);
    return String(first);
  }

  /** All that comes until the other side closes. */
  async hearAll(port: number, options: ConnectionOptions = {}): Promise<string> {
    return text(this.connect(port, options)).catch(() => '');
  }

  /** Puts another certificate in place of the server's. */
  async renew(): Promise<string> {
    const { certPem, keyPem, fingerprint } = await this.authority.serverPair();
    await writeFile(this.files.serverCert, certPem);
    await writeFile(this.files.serverKey, keyPem);
    return fingerprint;
  }

  /** Waits until no door has a connection. */
  async allLeft(): Promise<void> {
    for (const server of this.#servers)
      await until('all have left', async () => (await promisify(server.getConnections.bind(server))()) === 0);
  }

  /** How often something was logged. */
  logged(msg: string): number {
    return this.log.filter((line) => line.msg === msg).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.destroy();
    for (const { socket } of this.secured) socket.destroy();
    for (const server of this.#servers) server.close();
    await this.#identity?.[Symbol.asyncDispose]();
    await this.#removal[Symbol.asyncDispose]();
  }
}
