import type { Database } from '../database/database.js';
import { CURRENT_PREFIX } from './password-formats.js';

/** Whether anybody's password has a hash that is not of the current format. @throws AppError `database.…` */
export async function hasForeignHashes(database: Database): Promise<boolean> {
  const where = { passwordHash: { not: null }, NOT: { passwordHash: { startsWith: CURRENT_PREFIX } } };
  return (await database.read(({ user }) => user.findFirst({ where, select: { id: true } }))) !== null;
}
