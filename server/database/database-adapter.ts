import { PrismaLibSql } from '@prisma/adapter-libsql';

type TransactionMode = 'write' | 'read' | 'deferred';
type Client = ReturnType<PrismaLibSql['createClient']>;
type Execute = Client['execute'];
type Begin = (mode: TransactionMode) => ReturnType<Client['transaction']>;

/**
 * Prisma's adapter for SQLite, with a connection that survives a locked database.
 *
 * libsql leaves a statement that met SQLITE_BUSY half done. From then on SQLite commits nothing that the connection
 * writes, says nothing about it, and keeps the lock. So such a connection is closed for a new one; and until the lock is
 * free, which a script tells without leaving anything behind, no statement that writes is begun.
 *
 * A connection that writes does not sync at each commit: `WalSync` does that without blocking this thread.
 */
export class DatabaseAdapter extends PrismaLibSql {
  override createClient(config: Parameters<PrismaLibSql['createClient']>[0]): Client {
    const client = super.createClient(config);
    const execute: (...args: Parameters<Execute>) => ReturnType<Execute> = client.execute.bind(client);
    const begin = (client as { transaction: Begin }).transaction.bind(client);
    let wasBusy = false;
    let isNew = true;

    async function executeWhole(...args: Parameters<Execute>): ReturnType<Execute> {
      if (isNew && !isRead(args[0])) {
        await client.executeMultiple(
          `${wasBusy ? 'BEGIN IMMEDIATE; ROLLBACK; ' : ''}PRAGMA synchronous = NORMAL`,
        );
        isNew = false;
      }
      try {
        const result = await execute(...args);
        wasBusy = false;
        return result;
      } catch (error) {
        wasBusy = (error as { code?: unknown }).code === 'SQLITE_BUSY';
        if (wasBusy) client.reconnect();
        isNew ||= wasBusy;
        throw error;
      }
    }

    function beginOnItsOwn(mode: TransactionMode): ReturnType<Begin> {
      // It takes the connection for itself.
      isNew = true;
      return begin(mode);
    }

    return Object.assign(client, { execute: executeWhole, transaction: beginOnItsOwn });
  }
}

function isRead(statement: string | { readonly sql: string }): boolean {
  return /^\s*select\b/i.test(typeof statement === 'string' ? statement : statement.sql);
}
