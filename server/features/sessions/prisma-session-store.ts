import { STATUSES } from '../../../protocol/accounts.js';
import { PERMISSION_NAMES, ROLES, type Permission } from '../../../protocol/permissions.js';
import type { Database } from '../../database/database.js';
import type { AccessFields } from '../accounts/access-service.js';
import {
  NEVER,
  type EndpointRow,
  type OpaqueSession,
  type Session,
  type SessionStore,
  type StoredSessions,
} from './session-store.js';

// SQLite takes 999 parameters in a statement.
const ROWS_AT_ONCE = 500;
const USE_PRECISION_MS = 10_000;

/** States, sessions and API tokens in the database. */
export function createPrismaSessionStore(database: Database): SessionStore {
  return {
    load: (now) => load(database, now),
    findEndpoint: (userId, endpoint) => findEndpoint(database, userId, endpoint),
    saveEndpoint: (row) => saveEndpoint(database, row),
    closeEndpoint: (userId, endpoint) => closeEndpoint(database, userId, endpoint),
    insertSession: (session) => insertSession(database, session),
    deleteSessions: async (ids) => {
      for (const some of chunksOf(ids))
        await database.write(({ session }) => session.deleteMany({ where: { id: { in: some } } }));
    },
    saveUses: (uses) => saveUses(database, uses),
    deleteOld: (now, identifiedBefore) => deleteOld(database, now, identifiedBefore),
  };
}

const BEARER = {
  select: {
    ...{ id: true, name: true, nameSince: true },
    ...{ role: true, status: true, permissions: true, oneTimeUntil: true },
  },
} as const;

async function load(database: Database, now: Date): Promise<StoredSessions> {
  const endpoints = await database.read(({ endpoint }) => endpoint.findMany({ where: { isOpen: true } }));
  const sessions = await database.read(({ session }) =>
    session.findMany({
      where: { expiresAt: { gt: now } },
      include: { user: BEARER },
      orderBy: { expiresAt: 'asc' },
    }),
  );
  const apiTokens = await database.read(({ apiToken }) =>
    apiToken.findMany({
      where: { OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] },
      include: { user: BEARER },
    }),
  );
  const users = new Map([...sessions, ...apiTokens].map(({ user }) => [user.id, user]));
  return {
    endpoints: endpoints.map(({ address, ...row }) => ({ ...row, endpoint: address })),
    handshakes: sessions.filter(({ tokenHash }) => tokenHash === null).map(sessionOf),
    logins: sessions.flatMap((row) => (row.tokenHash === null ? [] : [loginOf(row, row.tokenHash)])),
    apiTokens: apiTokens.map(apiTokenOf),
    users: [...users.values()].map(accessOf),
  };
}

interface Bearer {
  readonly id: string;
  readonly name: string;
  readonly nameSince: Date;
}

interface SessionRow {
  readonly id: string;
  readonly address: string;
  readonly client: string | null;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  readonly lastUsedAt: Date | null;
  readonly user: Bearer;
}

function sessionOf({ id, address, client, issuedAt, expiresAt, lastUsedAt, user }: SessionRow): Session {
  return {
    ...{ id, kind: 'handshake', ...bearerOf(user), endpoint: address, client: client ?? '' },
    ...{ issuedAt, expiresAt, lastUsedAt: (lastUsedAt ?? issuedAt).getTime() },
  };
}

function loginOf(row: SessionRow, tokenHash: string): OpaqueSession {
  return { ...sessionOf(row), kind: 'login', tokenHash };
}

function apiTokenOf(row: {
  readonly id: string;
  readonly tokenHash: string;
  readonly permissions: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly lastAddress: string | null;
  readonly user: Bearer;
}): OpaqueSession {
  const { id, tokenHash, createdAt: issuedAt, lastUsedAt } = row;
  return {
    ...{ id, kind: 'api', ...bearerOf(row.user), tokenHash, issuedAt },
    endpoint: row.lastAddress ?? '',
    client: '',
    expiresAt: row.expiresAt ?? NEVER,
    scopes: new Set(permissionsIn(row.permissions)),
    lastUsedAt: lastUsedAt?.getTime() ?? 0,
  };
}

function bearerOf({ id, name, nameSince }: Bearer) {
  return { userId: id, userName: name, nameSince };
}

// A word that is none of ours permits nothing.
function accessOf(row: {
  readonly id: string;
  readonly role: string;
  readonly status: string;
  readonly permissions: string | null;
  readonly oneTimeUntil: Date | null;
}): AccessFields {
  return {
    id: row.id,
    role: ROLES.find((role) => role === row.role) ?? 'user',
    status: STATUSES.find((status) => status === row.status) ?? 'inactive',
    permissions: row.permissions === null ? null : permissionsIn(row.permissions),
    oneTimeUntil: row.oneTimeUntil,
  };
}

function permissionsIn(text: string): readonly Permission[] {
  const names = text.split(' ');
  return PERMISSION_NAMES.filter((name) => names.includes(name));
}

async function findEndpoint(database: Database, userId: string, address: string) {
  const where = { userId_address: { userId, address } };
  const row = await database.read(({ endpoint }) => endpoint.findUnique({ where }));
  if (row === null) return undefined;
  const { address: endpoint, ...rest } = row;
  return { ...rest, endpoint };
}

function saveEndpoint(database: Database, row: EndpointRow): Promise<boolean> {
  const { userId, endpoint: address, ...rest } = row;
  return database.writeIfOwned(({ endpoint }) =>
    endpoint.upsert({
      where: { userId_address: { userId, address } },
      create: { userId, address, ...rest },
      update: rest,
    }),
  );
}

async function closeEndpoint(database: Database, userId: string, address: string): Promise<void> {
  const place = { userId, address };
  const { count } = await database.write(({ endpoint }) =>
    endpoint.deleteMany({ where: { ...place, provenAt: null } }),
  );
  if (count > 0) return;
  await database.write(({ endpoint }) => endpoint.updateMany({ where: place, data: { isOpen: false } }));
}

function insertSession(database: Database, row: Session & { readonly tokenHash?: string }): Promise<boolean> {
  const { id, kind, userId, endpoint: address, client, issuedAt, expiresAt } = row;
  const lastUsedAt = new Date(row.lastUsedAt);
  const data = { id, kind, userId, address, client, issuedAt, expiresAt, lastUsedAt };
  return database.writeIfOwned(({ session }) =>
    session.create({ data: { ...data, tokenHash: row.tokenHash ?? null } }),
  );
}

type Use = Parameters<SessionStore['saveUses']>[0][number];

// What was used at about the same time is written together: one statement for each would hold all else up.
async function saveUses(database: Database, uses: readonly Use[]): Promise<void> {
  const groups = new Map<string, Use[]>();
  for (const use of uses) {
    const time = String(Math.floor(use.lastUsedAt / USE_PRECISION_MS));
    const key = use.kind === 'api' ? `${time} ${use.endpoint}` : time;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [use]);
    else group.push(use);
  }
  for (const group of groups.values()) {
    for (const some of chunksOf(group)) await saveUsesAtOnce(database, some);
  }
}

async function saveUsesAtOnce(database: Database, uses: readonly Use[]): Promise<void> {
  const [first] = uses;
  if (first === undefined) return;
  const where = { id: { in: uses.map(({ id }) => id) } };
  const lastUsedAt = new Date(Math.max(...uses.map((use) => use.lastUsedAt)));
  if (first.kind === 'api') {
    const data = { lastUsedAt, lastAddress: first.endpoint };
    await database.write(({ apiToken }) => apiToken.updateMany({ where, data }));
  } else {
    await database.write(({ session }) => session.updateMany({ where, data: { lastUsedAt } }));
  }
}

async function deleteOld(database: Database, now: Date, identifiedBefore: Date): Promise<void> {
  const where = { expiresAt: { lte: now } };
  await database.write(({ session }) => session.deleteMany({ where }));
  await database.write(({ apiToken }) => apiToken.deleteMany({ where }));
  await database.write(({ endpoint }) =>
    endpoint.deleteMany({ where: { identifiedAt: { lt: identifiedBefore } } }),
  );
}

function chunksOf<Item>(items: readonly Item[]): Item[][] {
  const count = Math.ceil(items.length / ROWS_AT_ONCE);
  return Array.from({ length: count }, (_, index) =>
    items.slice(index * ROWS_AT_ONCE, (index + 1) * ROWS_AT_ONCE),
  );
}
