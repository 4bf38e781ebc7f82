import type { Database } from '../../database/database.js';
import type { AuditFilter, AuditLine, AuditStore } from './audit-store.js';

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

function whereOf({ action, outcome, user }: AuditFilter) {
  return {
    ...(action === undefined ? {} : { action }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(user === undefined ? {} : { OR: whoseIs(user) }),
  };
}

function whoseIs({ name, id }: NonNullable<AuditFilter['user']>) {
  const byName = [{ actor: name }, { subject: name }];
  return id === undefined ? byName : [...byName, { actorId: id }, { subjectId: id }];
}

// The words in it are those that were written; the hashes tell where somebody else has written.
async function asLines(rows: Promise<unknown[]>): Promise<readonly AuditLine[]> {
  return (await rows) as AuditLine[];
}
