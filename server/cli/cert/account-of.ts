import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { userNameKey } from '../../../protocol/user-name.js';
import { openReadOnly } from '../open-read-only.js';

/** Whether an account of a name is in the database of a data directory; `unknown` where there is none that can be read. */
export function accountOf(dataDir: string, name: string): 'there' | 'missing' | 'unknown' {
  const path = join(dataDir, 'gatherd.db');
  if (!existsSync(path)) return 'unknown';
  try {
    const database = openReadOnly(path);
    try {
      const found = database.prepare('SELECT 1 FROM User WHERE nameKey = ?').all(userNameKey(name));
      return found.length > 0 ? 'there' : 'missing';
    } finally {
      database.close();
    }
  } catch {
    return 'unknown';
  }
}
