import { PrismaLibSql } from '@prisma/adapter-libsql';

type Client = ReturnType<PrismaLibSql['createClient']>;
type Execute = Client['execute'];
/** A client without its older ways to begin a transaction. */
interface Beginner {
  transaction: (mode: 'write' | 'read' | 'deferred') => Promise<Transaction>;
}
type Transaction = Awaited<ReturnType<Client['transaction']>>;

/**
 * Prisma's adapter for SQLite, with a connection that survives a locked database.
 *
 * libsql leaves a statement that met SQLITE_BUSY half done. From then on SQLite commits nothing that the connection
 * writes, says nothing about it, and keeps the lock. So such a connection is closed for a new one; and until the lock is
 * free, which a script tells without leaving anything behind, no statement that writes is begun.
 *
 * Each connection overwrites what it deletes or replaces with zeros: sealed keys and texts, hashes of passwords.
 *
 * No connection syncs at each commit: `WalSync` does that without blocking this thread.
 */
export class DatabaseAdapter extends PrismaLibSql {
  override createClient(config: Parameters<PrismaLibSql['createClient']>[0]): Client {
    const client = super.createClient(config);
    const execute: (...args: Parameters<Execute>) => ReturnType<Execute> = client.execute.bind(client);
    const beginner: Beginner = client;
    const begin = beginner.transaction.bind(client);
    let wasBusy = false;
    let isPrepared = false;

    async function prepare(): Promise<void> {
      if (isPrepared) return;
      await execute('PRAGMA secure_delete = ON');
      await execute('PRAGMA synchronous = NORMAL');
      isPrepared = true;
    }

    async function executeWhole(...args: Parameters<Execute>): ReturnType<Execute> {
      await prepare();
      if (wasBusy && !isRead(args[0])) await client.executeMultiple('BEGIN IMMEDIATE; ROLLBACK');
      try {
        const result = await execute(...args);
        wasBusy = false;
        return result;
      } catch (error) {
        wasBusy = (error as { code?: unknown }).code === 'SQLITE_BUSY';
        if (wasBusy) {
          client.reconnect();
          isPrepared = false;
        }
        throw error;
      }
    }

    async function beginPrepared(...args: Parameters<typeof begin>) {
      await prepare();
      // It takes the connection with it, and the next statement has a new one.
      isPrepared = false;
      return begin(...args);
    }

    client.execute = executeWhole;
    beginner.transaction = beginPrepared;
    return client;
  }
}

function isRead(statement: string | { readonly sql: string }): boolean {
  return /^\s*select\b/i.test(typeof statement === 'string' ? statement : statement.sql);
}
