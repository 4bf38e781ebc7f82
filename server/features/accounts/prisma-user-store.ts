import { setImmediate } from 'node:timers/promises';
import { userNameKey } from '../../../protocol/user-name.js';
import type { Database } from '../../database/database.js';
import { uniqueFieldOf } from '../../database/database-error.js';
import type { Prisma } from '../../database/generated/client.js';
import { likePiece, walkWindows } from '../../database/walk-windows.js';
import type { FieldCipher } from '../../keys/field-cipher.js';
import type { UserModel } from '../../database/generated/models/User.js';
import {
  emailHash,
  personalAfter,
  plainColumns,
  rowOf,
  sealedColumns,
  SUMMARY_COLUMNS,
  summaryRowOf,
  userOf,
} from './user-row.js';
import type { NameBearer, Uniqueness, User, UserFilter, UserPatch, UserStore } from './user-store.js';

const NEVER_AUTHENTICATED = { passwordHash: null, homeEndpoint: { not: null } } as const;
// SQLite takes 999 parameters in a statement.
const REMOVED_AT_ONCE = 500;
const NAMES_AT_ONCE = 500;
const INSERTED_AT_ONCE = 30;
const INSERT_WITHIN_MS = 600_000;
// Whole users may have 20 KB each.
const USERS_AT_ONCE = 20;
const SUMMARIES_AT_ONCE = 50;
const BY_NAME = { nameKey: 'asc' } as const;

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
    remove: (id) => remove(database, id),
    list: (filter) =>
      walk(database, cipher, filter, {
        atOnce: USERS_AT_ONCE,
        read: (page) => database.read(({ user }) => user.findMany(page)),
        present: (row) => userOf(row, cipher),
      }),
    summaries: (filter) =>
      walk(database, cipher, filter, {
        atOnce: SUMMARIES_AT_ONCE,
        read: (page) => database.read(({ user }) => user.findMany({ ...page, select: SUMMARY_COLUMNS })),
        present: (row) => summaryRowOf(row, cipher),
      }),
    count: () => database.read(({ user }) => user.count()),
    namesOf: (userIds) => namesOf(database, userIds),
    bearersOf: (names) => bearersOf(database, names),
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
    if (patch.name !== undefined && patch.name !== row.name) await keepFormerName(database, row);
    const isPersonal = patch.email !== undefined || patch.profile !== undefined;
    const personal = isPersonal ? sealedColumns(personalAfter(userOf(row, cipher), patch), cipher) : {};
    const data = { ...plainColumns(patch), ...personal, version: version + 1 };
    let count = 0;
    const done = await uniqueness(async () => {
      ({ count } = await database.write(({ user }) => user.updateMany({ where: { id, version }, data })));
    });
    if (done !== 'done' || count === 1) return done;
  }
}

async function remove(database: Database, id: string): Promise<boolean> {
  const row = await database.read(({ user }) => user.findUnique({ where: { id } }));
  if (row !== null) await keepFormerName(database, row);
  return (await database.write(({ user }) => user.deleteMany({ where: { id } }))).count === 1;
}

async function replacePasswordHash(database: Database, id: string, from: string | null, to: string) {
  const { count } = await database.write(({ user }) =>
    user.updateMany({ where: { id, passwordHash: from }, data: { passwordHash: to } }),
  );
  return count === 1;
}

interface Listing<Row, Item> {
  readonly atOnce: number;
  readonly read: (
    page: Pick<Prisma.UserFindManyArgs, 'where' | 'orderBy' | 'take'>,
  ) => Promise<readonly Row[]>;
  readonly present: (row: Row) => Item;
}

async function* walk<Row extends Pick<UserModel, 'nameKey'>, Item>(
  database: Database,
  cipher: FieldCipher,
  filter: UserFilter,
  { atOnce, read, present }: Listing<Row, Item>,
): AsyncGenerator<readonly Item[]> {
  const { where, isFound } = searchOf(filter, cipher);
  const found = walkWindows({
    after: filter.afterNameKey ?? '',
    atOnce,
    skipTo: async (gt, skip) => {
      const query = {
        where: { nameKey: { gt } },
        orderBy: BY_NAME,
        skip,
        select: { nameKey: true },
      } as const;
      return (await database.read(({ user }) => user.findFirst(query)))?.nameKey;
    },
    read: (range) => read({ where: { ...where, nameKey: range }, orderBy: BY_NAME, take: atOnce }),
    keyOf: ({ nameKey }) => nameKey,
  });
  for await (const rows of found) yield rows.filter(isFound).map(present);
}

function searchOf({ nameContains = '', email, role, status }: UserFilter, cipher: FieldCipher) {
  const hash = email === undefined ? undefined : emailHash(email, cipher);
  const piece = likePiece(nameContains);
  const byHash = hash === undefined ? [] : [{ emailHash: hash }];
  const where: Prisma.UserWhereInput = {
    // An empty alternative would find nobody.
    ...(piece === '' ? {} : { OR: [{ nameKey: { contains: piece } }, ...byHash] }),
    // Written so that SQLite does not sort everybody of a role instead of walking the names.
    NOT: [
      ...(role === undefined ? [] : [{ role: { not: role } }]),
      ...(status === undefined ? [] : [{ status: { not: status } }]),
    ],
  };
  const isFound = (row: Pick<UserModel, 'nameKey'> & { readonly emailHash?: string | null }) =>
    row.nameKey.includes(nameContains) || (hash !== undefined && row.emailHash === hash);
  return { where, isFound };
}

async function countAdministrators(database: Database, exceptUserId?: string): Promise<number> {
  const where: Prisma.UserWhereInput = {
    status: 'active',
    // Whoever has not changed a one-time password yet may never do it.
    passwordHash: { not: null },
    oneTimeUntil: null,
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
  let damaged = 0;
  for (const row of rows) {
    const { id, version } = row;
    const user = userOf(row, cipher);
    if (user.profile.damaged !== undefined) damaged += 1;
    const data = { ...sealedColumns(user, cipher), version: version + 1 };
    // One that was changed meanwhile is either under the new key by that, or found again.
    const { count } = await database.write(({ user: users }) =>
      users.updateMany({ where: { id, version }, data }),
    );
    if (count === 0 && user.profile.damaged !== undefined) damaged -= 1;
  }
  return { rows: rows.length, damaged };
}

/** Keeps a name that a user is about to give up. It says what was true, whether that comes about or not. */
async function keepFormerName(
  database: Database,
  { id: userId, name, nameSince: since }: Pick<User, 'id' | 'name' | 'nameSince'>,
): Promise<void> {
  const row = { userId, name, since };
  await database.write(({ formerName }) =>
    formerName.upsert({ where: { userId_name_since: row }, create: row, update: {} }),
  );
}

async function namesOf(database: Database, userIds: readonly string[]) {
  const names = new Map<string, string>();
  for (let from = 0; from < userIds.length; from += NAMES_AT_ONCE) {
    const where = { id: { in: userIds.slice(from, from + NAMES_AT_ONCE) } };
    const found = await database.read(({ user }) =>
      user.findMany({ where, select: { id: true, name: true } }),
    );
    for (const { id, name } of found) names.set(id, name);
  }
  return names;
}

/** Who has or had some names, letter by letter. */
async function bearersOf(database: Database, names: readonly string[]): Promise<readonly NameBearer[]> {
  const bearers: NameBearer[] = [];
  for (let from = 0; from < names.length; from += NAMES_AT_ONCE) {
    const some = names.slice(from, from + NAMES_AT_ONCE);
    const former = await database.read(({ formerName }) =>
      formerName.findMany({ where: { name: { in: some } } }),
    );
    const where = { nameKey: { in: some.map(userNameKey) } };
    const select = { id: true, name: true, nameSince: true } as const;
    const current = await database.read(({ user }) => user.findMany({ where, select }));
    bearers.push(
      ...former.map(({ userId: ownerId, name, since }) => ({ name, ownerId, since })),
      ...current.map(({ id: ownerId, name, nameSince: since }) => ({ name, ownerId, since })),
    );
  }
  return bearers;
}
