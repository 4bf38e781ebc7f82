import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '../../database/database.js';
import { AccessService } from '../../features/accounts/access-service.js';
import type { Account } from '../../features/accounts/account-service.js';
import { createPrismaSessionStore } from '../../features/sessions/prisma-session-store.js';
import { createSessionService, type SessionServiceDeps } from '../../features/sessions/session-mirror.js';
import { SessionRegistry } from '../../features/sessions/session-registry.js';
import type { SessionService } from '../../features/sessions/session-service.js';
import { TokenService } from '../../features/tokens/token-service.js';
import { openNewDatabase } from './new-database.js';
import { TestClock } from './test-clock.js';

/** How long a session of a handshake lives in these tests. */
export const TTL_MS = 600_000;
/** How long a login session lives in these tests. */
export const LOGIN_TTL_MS = 86_400_000;

const secret = Buffer.alloc(32, 7);

/** The service of sessions with all that it stands on. */
export interface SessionWorld {
  readonly clock: TestClock;
  readonly registry: SessionRegistry;
  readonly access: AccessService;
  readonly sessions: SessionService;
  /** What could not be written in time. */
  readonly failures: unknown[];
}

/** A database in which any number of such services are started, one after the other as after restarts. */
export class SessionDatabase implements AsyncDisposable {
  readonly database: Database;
  readonly #folder: string;

  private constructor(database: Database, folder: string) {
    this.database = database;
    this.#folder = folder;
  }

  static async open(): Promise<SessionDatabase> {
    const folder = await mkdtemp(join(tmpdir(), 'gatherd-sessions-'));
    return new SessionDatabase(await openNewDatabase(join(folder, 'gatherd.db')), folder);
  }

  /** Starts a service on what there is. */
  async start(clock = new TestClock(), options: Partial<SessionServiceDeps> = {}): Promise<SessionWorld> {
    const registry = new SessionRegistry(clock.now);
    const access = new AccessService({ note: () => undefined });
    const failures: unknown[] = [];
    const sessions = createSessionService({
      registry,
      access,
      store: createPrismaSessionStore(this.database),
      tokens: new TokenService(secret, clock.now),
      isBoundToEndpoint: true,
      ttlMs: TTL_MS,
      loginTtlMs: LOGIN_TTL_MS,
      loginIdleMs: 0,
      maxSessionsPerUser: 100,
      maxEndpointsPerUser: 100,
      random: randomBytes,
      ...options,
      clock: clock.now,
      newId: randomUUID,
      onWriteFailure: (error) => failures.push(error),
    });
    await sessions.load();
    return { clock, registry, access, sessions, failures };
  }

  /** Makes an active user. */
  async newAccount(): Promise<Account> {
    const id = randomUUID();
    const times = { nameSince: new Date(0), createdAt: new Date(0), updatedAt: new Date(0) };
    await this.database.client.user.create({ data: { id, name: id, nameKey: id, ...times } });
    const rights = { role: 'user', status: 'active', permissions: null, oneTimeUntil: null } as const;
    return { id, name: id, nameSince: times.nameSince, ...rights };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.database[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
