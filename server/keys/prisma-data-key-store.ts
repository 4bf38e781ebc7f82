import type { Database } from '../database/database.js';
import { Prisma } from '../database/generated/client.js';
import type { DataKeyStore, KeyPurpose, SealedColumns, WrappedKey } from './data-key-store.js';
import { sealedPrefix } from './sealed-field.js';

/** Data keys in the database. */
export function createPrismaDataKeyStore(database: Database): DataKeyStore {
  return {
    list: () => list(database),
    insert: (keys) => database.insertIfFree(({ dataKey }) => dataKey.createMany({ data: [...keys] })),
    replaceAll: (keys) => replaceAll(database, keys),
    removeUnused: (id, places) => removeUnused(database, id, places),
    hasTraces: () => hasTraces(database),
    erase: () => erase(database),
    settled: () => database.settled(),
  };
}

async function list(database: Database): Promise<readonly WrappedKey[]> {
  const rows = await database.read(({ dataKey }) => dataKey.findMany());
  return rows.map((row) => ({ ...row, purpose: row.purpose as KeyPurpose }));
}

// One statement, so that a crash leaves all of them under one master key.
async function replaceAll(database: Database, keys: readonly Pick<WrappedKey, 'id' | 'wrapped'>[]) {
  const cases = keys.map(({ id, wrapped }) => Prisma.sql`WHEN ${id} THEN ${wrapped}`);
  const ids = Prisma.join(keys.map(({ id }) => id));
  const count = await database.write(
    (client) =>
      client.$executeRaw`
      UPDATE "DataKey" SET "wrapped" = CASE "id" ${Prisma.join(cases, ' ')} END
      WHERE NOT EXISTS (SELECT 1 FROM "DataKey" WHERE "id" NOT IN (${ids}))
        AND (SELECT count(*) FROM "DataKey") = ${keys.length}`,
  );
  return count === keys.length;
}

// Looked for in the texts themselves, so that it does not hang on what is said of them elsewhere.
async function removeUnused(database: Database, id: string, places: readonly SealedColumns[]) {
  const pattern = `${sealedPrefix(id)}%`;
  const unused = places.map(({ table, columns }) => {
    const isUnder = columns.map((column) => Prisma.sql`${identifier(column)} LIKE ${pattern}`);
    const under = Prisma.sql`SELECT 1 FROM ${identifier(table)} WHERE ${Prisma.join(isUnder, ' OR ')}`;
    return Prisma.sql`AND NOT EXISTS (${under})`;
  });
  const count = await database.write(
    (client) => client.$executeRaw`DELETE FROM "DataKey" WHERE "id" = ${id} ${Prisma.join(unused, ' ')}`,
  );
  return count === 1;
}

function identifier(name: string): Prisma.Sql {
  return Prisma.raw(`"${name.replaceAll('"', '""')}"`);
}

// The database itself needs nothing more: every connection has secure_delete on.
async function erase(database: Database): Promise<void> {
  await database.read((client) => client.$queryRawUnsafe('PRAGMA wal_checkpoint(TRUNCATE)'));
}

async function hasTraces(database: Database): Promise<boolean> {
  const where = { dataKeyId: { not: null } };
  const sealed = await database.read(({ user }) => user.findFirst({ where, select: { id: true } }));
  if (sealed !== null) return true;
  const id = { id: true } as const;
  if ((await database.read(({ employee }) => employee.findFirst({ select: id }))) !== null) return true;
  return (await database.read(({ auditEntry }) => auditEntry.findFirst({ select: { seq: true } }))) !== null;
}
