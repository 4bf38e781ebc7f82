import { databaseCall, insertIfFree } from '../../database/database-call.js';
import type { PrismaClient } from '../../database/database.js';
import type { UserStore } from './user-store.js';

/** Users in the database. */
export function createPrismaUserStore(client: PrismaClient): UserStore {
  return {
    findById: (id) => find(client, { id }),
    findByNameKey: (nameKey) => find(client, { nameKey }),
    insert: (user) => insertIfFree(() => client.user.create({ data: user })),
    replacePasswordHash: (userId, from, to) => replacePasswordHash(client, userId, from, to),
    hasPasswords: () => hasPasswords(client),
    removeNeverAuthenticated: (createdBefore) => removeNeverAuthenticated(client, createdBefore),
  };
}

async function find(client: PrismaClient, where: { id: string } | { nameKey: string }) {
  return (await databaseCall(() => client.user.findUnique({ where }))) ?? undefined;
}

async function replacePasswordHash(client: PrismaClient, id: string, from: string | null, to: string) {
  const { count } = await databaseCall(() =>
    client.user.updateMany({ where: { id, passwordHash: from }, data: { passwordHash: to } }),
  );
  return count === 1;
}

async function hasPasswords(client: PrismaClient): Promise<boolean> {
  const user = await databaseCall(() => client.user.findFirst({ where: { passwordHash: { not: null } } }));
  return user !== null;
}

async function removeNeverAuthenticated(client: PrismaClient, createdBefore: Date) {
  const where = { passwordHash: null, homeEndpoint: { not: null }, createdAt: { lt: createdBefore } };
  const users = await databaseCall(() => client.user.findMany({ where, select: { id: true }, take: 1000 }));
  const ids = users.map((user) => user.id);
  await databaseCall(() => client.user.deleteMany({ where: { id: { in: ids }, passwordHash: null } }));
  return ids;
}
