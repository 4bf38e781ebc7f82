import type { Database } from '../database/database.js';
import type { KeyCheckStore } from './pepper.js';

/** Fingerprints of keys in the database. */
export function createPrismaKeyCheckStore(database: Database): KeyCheckStore {
  return {
    find: async (keyName) => {
      const row = await database.read(({ keyCheck }) => keyCheck.findUnique({ where: { keyName } }));
      return row?.fingerprint;
    },
    save: async (keyName, fingerprint) => {
      await database.write(({ keyCheck }) =>
        keyCheck.upsert({ where: { keyName }, create: { keyName, fingerprint }, update: { fingerprint } }),
      );
    },
  };
}
