import { setImmediate } from 'node:timers/promises';
import type { Database } from '../../database/database.js';
import { uniqueFieldOf } from '../../database/database-error.js';
import type { Prisma } from '../../database/generated/client.js';
import type { FieldCipher } from '../../keys/field-cipher.js';
import { emailHash, plainColumns, rowOf, sealedColumns, userOf } from './user-row.js';
import type { Uniqueness, User, UserFilter, UserPatch, UserStore } from './user-store.js';

const NEVER_AUTHENTICATED = { passwordHash: null, homeEndpoint: { not: null } } as const;
// SQLite takes 999 parameters in a statement.
const REMOVED_AT_ONCE = 500;
const INSERTED_AT_ONCE = 30;
const INSERT_WITHIN_MS = 600_000;

/** Users in the database; what is personal is sealed there. */
export function createPrismaUserStore(database: Database, cipher: FieldCipher): UserStore {
  return {
    findById: (id) => find(database, cipher, { id }),
    findByNameKey: (nameKey) => find(database, cipher, { nameKey }),
    findByEmail: (address) => find(database, cipher, { emailHash: emailHash(address, cipher) }),
    insert: (user) =>
      uniqueness(() => database.write(({ user: users }) => users.create({ data: rowOf(user, cipher) }))),
    insertAll: (users) => insertAll(database, cipher, users),
    change: (userId, patch) => change(database, cipher, userId, patch),
    replacePasswordHash: (userId, from, to) => replacePasswordHash(database, userId, from, to),
    useOneTimePassword: async (id, oneTimeUntil, now) => {
      const data = { oneTimeUntil: now };
      const { count } = await database.write(({ user }) =>
        user.updateMany({ where: { id, oneTimeUntil }, data }),
      );
      return count === 1;
    },
    remove: async (id) =>
      (await database.write(({ user }) => user.deleteMany({ where: { id } }))).count === 1,
    list: (filter, limit) => list(database, cipher, filter, limit),
    countAdministrators: (exceptUserId) => countAdministrators(database, exceptUserId),
    hasPepperedPasswords: () => hasPepperedPasswords(database),
    countNeverAuthenticated: () => database.read(({ user }) => user.count({ where: NEVER_AUTHENTICATED })),
    removeNeverAuthenticated: (createdBefore) => removeNeverAuthenticated(database, createdBefore),
    resealSome: (keyId, limit) => resealSome(database, cipher, keyId, limit),
  };
}

async function find(database: Database, cipher: FieldCipher, where: Prisma.UserWhereUniqueInput) {
  const row = await database.read(({ user }) => user.findUnique({ where }));
  return row === null ? undefined : userOf(row, cipher);
}

async function uniqueness(write: () => Promise<unknown>): Promise<Uniqueness> {
  try {
    await write();
    return 'done';
  } catch (error) {
    const field = uniqueFieldOf((error as Error).cause);
    if (field === 'nameKey') return 'name_taken';
    if (field === 'emailHash') return 'email_taken';
    throw error;
  }
}

// Chunk by chunk, so that messages and whoever only reads go on meanwhile; other writers wait.
async function insertAll(database: Database, cipher: FieldCipher, users: readonly User[]) {
  const done = await uniqueness(() =>
    database.write((client) =>
      client.$transaction(
        async (transaction) => {
          for (let from = 0; from < users.length; from += INSERTED_AT_ONCE) {
            const data = users.slice(from, from + INSERTED_AT_ONCE).map((user) => rowOf(user, cipher));
            await transaction.user.createMany({ data });
            // SQLite answers at once: without this nobody else would have a turn.
            await setImmediate();
          }
        },
        { timeout: INSERT_WITHIN_MS },
      ),
    ),
  );
  return done === 'done' ? undefined : firstTaken(database, cipher, users);
}

async function firstTaken(database: Database, cipher: FieldCipher, users: readonly User[]) {
  const names = new Set<string>();
  const addresses = new Set<string>();
  for (const [index, { nameKey, email }] of users.entries()) {
    if (names.has(nameKey) || (await find(database, cipher, { nameKey })) !== undefined)
      return { index, why: 'name_taken' as const };
    names.add(nameKey);
    if (email === null) continue;
    const hash = emailHash(email, cipher);
    if (addresses.has(hash) || (await find(database, cipher, { emailHash: hash })) !== undefined)
      return { index, why: 'email_taken' as const };
    addresses.add(hash);
  }
  // Whoever had it is gone again.
  return { index: 0, why: 'name_taken' as const };
}

// Sealed columns are written all together, so that a row is never under two keys; whoever was quicker is built upon.
async function change(database: Database, cipher: FieldCipher, id: string, patch: UserPatch) {
  for (;;) {
    const row = await database.read(({ user }) => user.findUnique({ where: { id } }));
    if (row === null) return undefined;
    const { version } = row;
    const isPersonal = patch.email !== undefined || patch.profile !== undefined;
    const personal = isPersonal ? sealedColumns({ ...userOf(row, cipher), ...patch }, cipher) : {};
    const data = { ...plainColumns(patch), ...personal, version: version + 1 };
    let count = 0;
    const done = await uniqueness(async () => {
      ({ count } = await database.write(({ user }) => user.updateMany({ where: { id, version }, data })));
    });
    if (done !== 'done' || count === 1) return done;
  }
}

async function replacePasswordHash(database: Database, id: string, from: string | null, to: string) {
  const { count } = await database.write(({ user }) =>
    user.updateMany({ where: { id, passwordHash: from }, data: { passwordHash: to } }),
  );
  return count === 1;
}

async function list(database: Database, cipher: FieldCipher, filter: UserFilter, limit: number) {
  const { nameContains, email, role, status, afterNameKey } = filter;
  const found = [
    ...(nameContains === undefined ? [] : [{ nameKey: { contains: nameContains } }]),
    ...(email === undefined ? [] : [{ emailHash: emailHash(email, cipher) }]),
  ];
  const where: Prisma.UserWhereInput = {
    ...(found.length === 0 ? {} : { OR: found }),
    ...(role === undefined ? {} : { role }),
    ...(status === undefined ? {} : { status }),
    ...(afterNameKey === undefined ? {} : { nameKey: { gt: afterNameKey } }),
  };
  const rows = await database.read(({ user }) =>
    user.findMany({ where, orderBy: { nameKey: 'asc' }, take: limit }),
  );
  return rows.map((row) => userOf(row, cipher));
}

async function countAdministrators(database: Database, exceptUserId?: string): Promise<number> {
  const where: Prisma.UserWhereInput = {
    status: 'active',
    OR: [{ role: 'admin', permissions: null }, { permissions: { contains: 'users:manage' } }],
    ...(exceptUserId === undefined ? {} : { id: { not: exceptUserId } }),
  };
  return database.read(({ user }) => user.count({ where }));
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

async function resealSome(database: Database, cipher: FieldCipher, keyId: string, limit: number) {
  const rows = await database.read(({ user }) =>
    user.findMany({ where: { dataKeyId: { not: keyId } }, take: limit }),
  );
  for (const row of rows) {
    const { id, version } = row;
    const data = { ...sealedColumns(userOf(row, cipher), cipher), version: version + 1 };
    // One that was changed meanwhile is either under the new key by that, or found again.
    await database.write(({ user }) => user.updateMany({ where: { id, version }, data }));
  }
  return rows.length;
}
