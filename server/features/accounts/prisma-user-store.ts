import type { Database } from '../../database/database.js';
import type { UserStore } from './user-store.js';

const NEVER_AUTHENTICATED = { passwordHash: null, homeEndpoint: { not: null } } as const;
// SQLite takes 999 parameters in a statement.
const REMOVED_AT_ONCE = 500;

/** Users in the database. */
export function createPrismaUserStore(database: Database): UserStore {
  return {
    findById: (id) => find(database, { id }),
    findByNameKey: (nameKey) => find(database, { nameKey }),
    insert: (user) => database.insertIfFree(({ user: users }) => users.create({ data: user })),
    replacePasswordHash: (userId, from, to) => replacePasswordHash(database, userId, from, to),
    hasPepperedPasswords: () => hasPepperedPasswords(database),
    countNeverAuthenticated: () => database.read(({ user }) => user.count({ where: NEVER_AUTHENTICATED })),
    removeNeverAuthenticated: (createdBefore) => removeNeverAuthenticated(database, createdBefore),
  };
}

async function find(database: Database, where: { id: string } | { nameKey: string }) {
  return (await database.read(({ user }) => user.findUnique({ where }))) ?? undefined;
}

async function replacePasswordHash(database: Database, id: string, from: string | null, to: string) {
  const { count } = await database.write(({ user }) =>
    user.updateMany({ where: { id, passwordHash: from }, data: { passwordHash: to } }),
  );
  return count === 1;
}

async function hasPepperedPasswords(database: Database): Promise<boolean> {
  const where = { passwordHash: { startsWith: '$argon2id$' } };
  return (await database.read(({ user }) => user.findFirst({ where }))) !== null;
}

async function removeNeverAuthenticated(database: Database, createdBefore: Date) {
  const where = { ...NEVER_AUTHENTICATED, createdAt: { lt: createdBefore } };
  const stale = await database.read(({ user }) =>
    user.findMany({ where, select: { id: true }, take: REMOVED_AT_ONCE }),
  );
  const ids = stale.map(({ id }) => id);
  await database.write(({ user }) => user.deleteMany({ where: { id: { in: ids }, ...NEVER_AUTHENTICATED } }));
  // A first password may have been set since they were looked for.
  const kept = await database.read(({ user }) =>
    user.findMany({ where: { id: { in: ids } }, select: { id: true } }),
  );
  const keptIds = new Set(kept.map(({ id }) => id));
  return ids.filter((id) => !keptIds.has(id));
}
