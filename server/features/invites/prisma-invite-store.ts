import type { Database } from '../../database/database.js';
import type { InviteStore, InviteUse } from './invite-store.js';

/** Invites in the database. */
export function createPrismaInviteStore(database: Database): InviteStore {
  return {
    insert: async (invite) => {
      await database.write((client) => client.invite.create({ data: invite }));
    },
    use: (use) => useUp(database, use),
    giveBack: async ({ codeHash, usedBy, usedAt }) => {
      const data = { usedAt: null, usedBy: null };
      await database.write(({ invite }) => invite.updateMany({ where: { codeHash, usedBy, usedAt }, data }));
    },
    list: () =>
      database.read(({ invite }) => invite.findMany({ orderBy: [{ createdAt: 'desc' }, { id: 'asc' }] })),
    remove: (id) => remove(database, id),
    removeOld: async (before) => {
      const where = { OR: [{ expiresAt: { lt: before } }, { usedAt: { lt: before } }] };
      await database.write(({ invite }) => invite.deleteMany({ where }));
    },
  };
}

async function useUp(database: Database, { codeHash, usedBy, usedAt }: InviteUse): Promise<boolean> {
  const { count } = await database.write(({ invite }) =>
    invite.updateMany({
      where: { codeHash, usedAt: null, expiresAt: { gt: usedAt } },
      data: { usedAt, usedBy },
    }),
  );
  return count === 1;
}

async function remove(database: Database, id: string) {
  const found = await database.read(({ invite }) => invite.findUnique({ where: { id } }));
  if (found === null) return undefined;
  const { count } = await database.write(({ invite }) => invite.deleteMany({ where: { id } }));
  return count === 1 ? found : undefined;
}
