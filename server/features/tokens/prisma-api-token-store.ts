import { PERMISSION_NAMES } from '../../../protocol/permissions.js';
import type { Database } from '../../database/database.js';
import type { ApiToken, ApiTokenStore } from './api-token-store.js';

/** API tokens in the database. */
export function createPrismaApiTokenStore(database: Database): ApiTokenStore {
  return {
    insert: ({ permissions, ...token }) =>
      database.insertIfFree(({ apiToken }) =>
        apiToken.create({ data: { ...token, permissions: permissions.join(' ') } }),
      ),
    list: (userId) => list(database, userId),
    remove: async (id) => {
      await database.write(({ apiToken }) => apiToken.deleteMany({ where: { id } }));
    },
  };
}

async function list(database: Database, userId: string): Promise<readonly ApiToken[]> {
  const rows = await database.read(({ apiToken }) =>
    apiToken.findMany({ where: { userId }, orderBy: [{ createdAt: 'asc' }, { name: 'asc' }] }),
  );
  return rows.map(({ permissions, ...row }) => {
    const names = permissions.split(' ');
    return { ...row, permissions: PERMISSION_NAMES.filter((name) => names.includes(name)) };
  });
}
