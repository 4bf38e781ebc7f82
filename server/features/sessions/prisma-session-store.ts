import type { Database } from '../../database/database.js';
import type { EndpointRow, Session, SessionStore } from './session-store.js';

/** States and sessions in the database. */
export function createPrismaSessionStore(database: Database): SessionStore {
  return {
    load: (now) => load(database, now),
    findEndpoint: (userId, endpoint) => findEndpoint(database, userId, endpoint),
    saveEndpoint: (row) => saveEndpoint(database, row),
    closeEndpoint: (userId, endpoint) => closeEndpoint(database, userId, endpoint),
    insertSession: (session) => insertSession(database, session),
    deleteSession: async (id) => {
      await database.write(({ session }) => session.deleteMany({ where: { id } }));
    },
    deleteOld: (now, identifiedBefore) => deleteOld(database, now, identifiedBefore),
  };
}

async function load(database: Database, now: Date) {
  const endpoints = await database.read(({ endpoint }) => endpoint.findMany({ where: { isOpen: true } }));
  const sessions = await database.read(({ session }) =>
    session.findMany({
      where: { expiresAt: { gt: now } },
      include: { user: { select: { name: true } } },
      orderBy: { expiresAt: 'asc' },
    }),
  );
  return {
    endpoints: endpoints.map(({ address, ...row }) => ({ ...row, endpoint: address })),
    sessions: sessions.map(({ address, user, ...row }) => ({
      ...row,
      userName: user.name,
      endpoint: address,
    })),
  };
}

async function findEndpoint(database: Database, userId: string, address: string) {
  const where = { userId_address: { userId, address } };
  const row = await database.read(({ endpoint }) => endpoint.findUnique({ where }));
  if (row === null) return undefined;
  const { address: endpoint, ...rest } = row;
  return { ...rest, endpoint };
}

async function saveEndpoint(database: Database, row: EndpointRow): Promise<void> {
  const { userId, endpoint: address, ...rest } = row;
  await database.write(({ endpoint }) =>
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

async function insertSession(database: Database, row: Session): Promise<void> {
  const { id, userId, endpoint: address, issuedAt, expiresAt } = row;
  await database.write(({ session }) =>
    session.create({ data: { id, userId, address, issuedAt, expiresAt } }),
  );
}

async function deleteOld(database: Database, now: Date, identifiedBefore: Date): Promise<void> {
  await database.write(({ session }) => session.deleteMany({ where: { expiresAt: { lte: now } } }));
  await database.write(({ endpoint }) =>
    endpoint.deleteMany({ where: { identifiedAt: { lt: identifiedBefore } } }),
  );
}
