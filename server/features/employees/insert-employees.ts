import { setImmediate } from 'node:timers/promises';
import type { EmployeeCreation } from '../../../protocol/employees.js';
import type { Database } from '../../database/database.js';
import { Prisma } from '../../database/generated/client.js';
import type { FieldCipher } from '../../keys/field-cipher.js';
import { rowOf } from './employee-row.js';

// A statement of SQLite is done in one go, in this thread; it takes 32,766 values, eleven for each of these.
const INSERTED_AT_ONCE = 200;
const INSERT_WITHIN_MS = 600_000;

/**
 * Inserts many employees, all or none; answers whether all numbers were free.
 *
 * In a transaction all else that asks the database waits. So the rows are sealed before it begins, and inserted by statements of many
 * rows, which take a fraction of the time that Prisma's own take.
 */
export function insertEmployees(
  database: Database,
  cipher: FieldCipher,
  employees: readonly EmployeeCreation[],
  now: Date,
): Promise<boolean> {
  // Sealed in here, so that a rotation of keys waits for it.
  return database.insertIfFree(async (client) => {
    const statements: Prisma.Sql[] = [];
    for (let from = 0; from < employees.length; from += INSERTED_AT_ONCE) {
      const some = employees.slice(from, from + INSERTED_AT_ONCE);
      statements.push(insertOf(some.map((each) => rowOf(each, now, cipher))));
      // Without this nobody else would have a turn.
      await setImmediate();
    }
    await client.$transaction(
      async (transaction) => {
        for (const statement of statements) {
          await transaction.$executeRaw(statement);
          await setImmediate();
        }
      },
      { timeout: INSERT_WITHIN_MS },
    );
  });
}

function insertOf(rows: readonly Prisma.EmployeeCreateManyInput[]): Prisma.Sql {
  const values = rows.map(
    (row) =>
      Prisma.sql`(${row.id}, ${row.firstName}, ${row.lastName}, ${row.nameKey}, ${row.ssn}, ${row.dateOfBirth}, ${row.salary},
        ${row.dataKeyId}, ${row.version}, ${row.createdAt}, ${row.updatedAt})`,
  );
  return Prisma.sql`INSERT INTO "Employee" ("id", "firstName", "lastName", "nameKey", "ssn", "dateOfBirth", "salary",
    "dataKeyId", "version", "createdAt", "updatedAt") VALUES ${Prisma.join(values)}`;
}
