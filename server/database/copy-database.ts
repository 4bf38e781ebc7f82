import Connection from 'libsql/promise';

const BUSY_FOR_MS = 5000;

/** What of a connection is used here; the package's types leave it open. */
interface Executor {
  exec(sql: string): Promise<void>;
  close(): void;
}

/**
 * Copies an SQLite database into a new file, as it is at one moment, while others write to it. It is done in another thread,
 * and the copy is not yet synced.
 *
 * @throws SQLite's error, also where there is something at `to`
 */
export async function copyDatabase(from: string, to: string): Promise<void> {
  const connection = new Connection(from, { timeout: BUSY_FOR_MS }) as Executor;
  try {
    await connection.exec(`VACUUM INTO '${to.replaceAll("'", "''")}'`);
  } finally {
    connection.close();
  }
}
