import { databaseCall } from '../../database/database-call.js';
import type { PrismaClient } from '../../database/database.js';
import type { EndpointRow, Session, SessionStore } from './session-store.js';

/** States and sessions in the database. */
export function createPrismaSessionStore(client: PrismaClient): SessionStore {
  return {
    load: (now) => load(client, now),
    findEndpoint: (userId, endpoint) => findEndpoint(client, userId, endpoint),
    saveEndpoint: (row) => saveEndpoint(client, row),
    closeEndpoint: async (userId, address) => {
      await databaseCall(() =>
        client.endpoint.updateMany({ where: { userId, address }, data: { isOpen: false } }),
      );
    },
    insertSession: (session) => insertSession(client, session),
    deleteSession: async (id) => {
      await databaseCall(() => client.session.deleteMany({ where: { id } }));
    },
    deleteOld: (now, identifiedBefore) => deleteOld(client, now, identifiedBefore),
  };
}

async function load(client: PrismaClient, now: Date) {
  const endpoints = await databaseCall(() => client.endpoint.findMany({ where: { isOpen: true } }));
  const sessions = await databaseCall(() =>
    client.session.findMany({
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

async function findEndpoint(client: PrismaClient, userId: string, endpoint: string) {
  const where = { userId_address: { userId, address: endpoint } };
  const row = await databaseCall(() => client.endpoint.findUnique({ where }));
  if (row === null) return undefined;
  const { address, ...rest } = row;
  return { ...rest, endpoint: address };
}

async function saveEndpoint(client: PrismaClient, row: EndpointRow): Promise<void> {
  const { userId, endpoint: address, ...rest } = row;
  await databaseCall(() =>
    client.endpoint.upsert({
      where: { userId_address: { userId, address } },
      create: { userId, address, ...rest },
      update: rest,
    }),
  );
}

async function insertSession(client: PrismaClient, session: Session): Promise<void> {
  const { id, userId, endpoint: address, issuedAt, expiresAt } = session;
  await databaseCall(() => client.session.create({ data: { id, userId, address, issuedAt, expiresAt } }));
}

async function deleteOld(client: PrismaClient, now: Date, identifiedBefore: Date): Promise<void> {
  await databaseCall(() => client.session.deleteMany({ where: { expiresAt: { lte: now } } }));
  await databaseCall(() => client.endpoint.deleteMany({ where: { identifiedAt: { lt: identifiedBefore } } }));
}
