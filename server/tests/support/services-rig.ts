import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { UserCreation } from '../../../protocol/accounts.js';
import type { AuditEntry } from '../../../protocol/audit.js';
import { loadSettings } from '../../config/load-settings.js';
import { claimDataDirectory } from '../../data-directory/claim-data-directory.js';
import type { Actor } from '../../features/audit/audit-service.js';
import type { Caller } from '../../features/sessions/session-service.js';
import { openServices, type Services } from '../../wiring/open-services.js';
import { NO_RATE_LIMITS } from './gatherd-process.js';
import { putNewDatabase } from './new-database.js';
import { TestClock } from './test-clock.js';

/** Where everybody in these tests comes from, if nothing else is said. */
export const HERE = '127.0.0.1';

/** An actor who is nobody yet. */
export const ANYBODY: Actor = { endpoint: HERE, door: 'http' };

/** The services on a data directory of their own, without any door. */
export class ServicesRig implements AsyncDisposable {
  readonly clock = new TestClock();
  readonly dataDir: string;
  readonly #env: Readonly<Record<string, string>>;
  #services: Services | undefined;
  #directory: AsyncDisposable | undefined;

  private constructor(dataDir: string, env: Readonly<Record<string, string>>) {
    this.dataDir = dataDir;
    this.#env = env;
  }

  /** @param env - settings as an operator writes them; there are no rate limits unless they say so */
  static async open(env: Readonly<Record<string, string>> = {}): Promise<ServicesRig> {
    const rig = new ServicesRig(await mkdtemp(join(tmpdir(), 'gatherd-services-')), env);
    await putNewDatabase(rig.dataDir);
    await rig.reopen();
    return rig;
  }

  get services(): Services {
    if (this.#services === undefined) throw new Error('the services are closed');
    return this.#services;
  }

  /** Closes the services and opens them again on the same data. */
  async reopen(env: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.close();
    const { settings } = loadSettings({ dataDir: this.dataDir }, { ...NO_RATE_LIMITS, ...this.#env, ...env });
    const directory = await claimDataDirectory(settings.dataDir);
    this.#directory = directory;
    const logger = pino({ level: 'silent' });
    this.#services = await openServices(settings, { directory, logger, clock: this.clock.now });
  }

  async close(): Promise<void> {
    await this.#services?.[Symbol.asyncDispose]();
    await this.#directory?.[Symbol.asyncDispose]();
    this.#services = undefined;
    this.#directory = undefined;
  }

  /** Makes an account as an administrator would, with a password. */
  async create(username: string, more: Partial<UserCreation> = {}): Promise<void> {
    const wanted = { username, password: PASSWORD, ...more };
    await this.services.registrations.create({ endpoint: 'local', door: 'operator' }, wanted);
  }

  /** Logs a user in. */
  async login(username: string, password = PASSWORD, endpoint = HERE): Promise<Caller> {
    const origin = { endpoint, door: 'http', client: 'a test' } as const;
    const { token } = await this.services.logins.login(username, password, origin);
    return { session: this.services.sessions.authorize(token, endpoint), endpoint, door: 'http' };
  }

  /** Makes an account and logs it in. */
  async member(username: string, more: Partial<UserCreation> = {}): Promise<Caller> {
    await this.create(username, more);
    return this.login(username);
  }

  /** Begins anew without opening anything: nobody is there, and what was refused before is more than a minute ago. */
  async removeEverybody(): Promise<void> {
    const { database, sessions, access } = this.services;
    const users = await database.client.user.findMany({ select: { id: true } });
    await database.client.user.deleteMany();
    for (const { id } of users) access.forget(id);
    sessions.forgetUsers(users.map(({ id }) => id));
    this.clock.advance(61_000);
  }

  /** The lines of the audit log, the newest first; a line of its own comes behind all that was noted before it. */
  async auditLines(): Promise<readonly AuditEntry[]> {
    await this.services.audit.append({ action: 'backup.made', actor: ANYBODY });
    return (await this.services.audit.page({ limit: 1000 })).entries;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

/** The password of everybody in these tests; no list of common ones has it. */
export const PASSWORD = 'Tannenzapfen im Oktober';
