import type { Database } from '../../database/database.js';
import type { AuditFilter, AuditLine, AuditStore } from './audit-store.js';

const FIRST_TIME = Date.parse('0000-01-01T00:00:00.000Z');
const LAST_TIME = Date.parse('9999-12-31T23:59:59.999Z');

/** The audit log in the database. */
export function createPrismaAuditStore(database: Database): AuditStore {
  return {
    last: async () => {
      const select = { seq: true, hash: true } as const;
      const last = await database.read(({ auditEntry }) =>
        auditEntry.findFirst({ orderBy: { seq: 'desc' }, select }),
      );
      return last ?? undefined;
    },
    insert: async (lines) => {
      await database.write(({ auditEntry }) => auditEntry.createMany({ data: [...lines] }));
    },
    after: (seq, limit) =>
      asLines(
        database.read(({ auditEntry }) =>
          auditEntry.findMany({ where: { seq: { gt: seq } }, orderBy: { seq: 'asc' }, take: limit }),
        ),
      ),
    find: (filter, { from, before }, limit) => {
      const where = { ...whereOf(filter), seq: { gte: from, lt: before } };
      return asLines(
        database.read(({ auditEntry }) =>
          auditEntry.findMany({ where, orderBy: { seq: 'desc' }, take: limit }),
        ),
      );
    },
    count: () => database.read(({ auditEntry }) => auditEntry.count()),
  };
}

function whereOf({ action, outcome, user, door, since, until }: AuditFilter) {
  return {
    ...(action === undefined ? {} : { action }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(user === undefined ? {} : { OR: whoseIs(user) }),
    ...(door === undefined ? {} : { door }),
    at: {
      ...(since === undefined ? {} : { gt: storedTime(Math.floor(since)) }),
      ...(until === undefined ? {} : { lt: storedTime(Math.ceil(until)) }),
    },
  };
}

// The database compares times as texts, which those of years with more digits would upset.
function storedTime(at: number): Date {
  return new Date(Math.min(Math.max(at, FIRST_TIME), LAST_TIME));
}

function whoseIs({ name, id }: NonNullable<AuditFilter['user']>) {
  const byName = [{ actor: name }, { subject: name }];
  return id === undefined ? byName : [...byName, { actorId: id }, { subjectId: id }];
}

// The words in it are those that were written; the hashes tell where somebody else has written.
async function asLines(rows: Promise<unknown[]>): Promise<readonly AuditLine[]> {
  return (await rows) as AuditLine[];
}
