import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import type { UserCreation } from '../../../protocol/accounts.js';
import type { AuditEntry } from '../../../protocol/audit.js';
import type { Permission } from '../../../protocol/permissions.js';
import type { Caller } from '../../features/sessions/session-service.js';
import { InProcessGatherd } from './in-process-gatherd.js';
import { RecordsClient } from './records-client.js';
import { PASSWORD } from './services-rig.js';
import { temporaryDirectory } from './temporary-directory.js';
import { makeTestAuthority, type TestAuthority } from './test-authority.js';

/** What the records gateway asks for, one for each command. */
export const EVERYTHING: readonly Permission[] = [
  'employees:get',
  'employees:add',
  'employees:update',
  'employees:delete',
];

/** A gatherd with its records gateway, whose certificate an authority of its own has issued, and clients of it. */
export class RecordsRig implements AsyncDisposable {
  readonly gatherd: InProcessGatherd;
  readonly authority: TestAuthority;
  /** The file of the authority's certificate. */
  readonly ca: string;
  readonly #directory: AsyncDisposable;
  readonly #clients: RecordsClient[] = [];

  private constructor(
    gatherd: InProcessGatherd,
    authority: TestAuthority,
    { directory, ca }: { directory: AsyncDisposable; ca: string },
  ) {
    this.gatherd = gatherd;
    this.authority = authority;
    this.#directory = directory;
    this.ca = ca;
  }

  /** @param env - settings as an operator writes them */
  static async open(env: Readonly<Record<string, string>> = {}): Promise<RecordsRig> {
    const directory = await temporaryDirectory();
    const authority = await makeTestAuthority();
    const { ca, crl, serverCert, serverKey } = await authority.writeTo(directory.path);
    const gatherd = await InProcessGatherd.start({
      ...{ GATHERD_RECORDS: '127.0.0.1:0', GATHERD_HTTP_TLS: 'off' },
      ...{ GATHERD_TLS_CERT: serverCert, GATHERD_TLS_KEY: serverKey },
      ...{ GATHERD_TLS_CLIENT_CA: ca, GATHERD_TLS_CLIENT_CRL: crl },
      ...env,
    });
    const rig = new RecordsRig(gatherd, authority, { directory, ca });
    await gatherd.openGateways();
    return rig;
  }

  /** Where the gateway listens. */
  get address(): string {
    return this.gatherd.gateway('records');
  }

  get services(): InProcessGatherd['services'] {
    return this.gatherd.services;
  }

  /** Makes an account, which may do everything with records unless something else is said. */
  async create(username: string, more: Partial<UserCreation> = {}): Promise<void> {
    const wanted = { username, password: PASSWORD, permissions: EVERYTHING, ...more };
    await this.services.registrations.create({ endpoint: 'local', door: 'operator' }, wanted);
  }

  /** Connects, and says nothing. */
  async connect(tls: ConnectionOptions = {}): Promise<RecordsClient> {
    const client = await RecordsClient.open(this.address, { ca: await readFile(this.ca), ...tls });
    this.#clients.push(client);
    return client;
  }

  /** Connects and logs on; answers the session, too. */
  async logOn(username: string, password = PASSWORD): Promise<{ client: RecordsClient; session: string }> {
    const client = await this.connect();
    return { client, session: sessionIn(await client.ask(`-//logon: ${username},${password}`)) };
  }

  /** Somebody who is logged in by HTTP, from where the tests are. */
  async caller(username: string): Promise<Caller> {
    const [endpoint, door] = ['127.0.0.1', 'http'] as const;
    const { token } = await this.services.logins.login(username, PASSWORD, { endpoint, door, client: '' });
    return { session: this.services.sessions.authorize(token, endpoint), endpoint, door };
  }

  /** The audit log, the oldest first. */
  async audited(): Promise<readonly AuditEntry[]> {
    const { entries } = await this.services.audit.page({ limit: 1000 });
    return entries.toReversed();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client[Symbol.dispose]();
    await this.gatherd[Symbol.asyncDispose]();
    await this.#directory[Symbol.asyncDispose]();
  }
}

/** The session of the answer to a logon. */
export function sessionIn(answer: string): string {
  const session = /^SUCCESS: (gds_[\w-]+)$/.exec(answer)?.[1];
  if (session === undefined) throw new Error(`'${answer}' is no session`);
  return session;
}
