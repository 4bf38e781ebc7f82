import { setImmediate as nextTurn } from 'node:timers/promises';
import { ForeignDatabase } from '../files/foreign-database.js';
import { UnusableFile } from '../files/foreign-file.js';
import {
  checkEmployeeCount,
  foreignEmployee,
  MAX_FOREIGN_EMPLOYEES,
  type DamagedEmployee,
  type ForeignEmployee,
  type ForeignEmployees,
} from './foreign-employee.js';

// Contract 3.
const TABLE = 'employee';
const COLUMNS = ['id', 'fname', 'lname', 'ssn', 'dob', 'salary'] as const;
const ROWS_A_TURN = 500;

/**
 * Reads the records server's `employee.db`. Neither the file nor what stands beside it is changed. Any column may hold
 * numbers or texts, whatever it was declared as.
 *
 * @throws UnusableFile; SQLite's errors
 */
export async function readDatabaseEmployees(path: string): Promise<ForeignEmployees> {
  const database = await ForeignDatabase.open(path);
  try {
    if (!database.hasTable(TABLE, COLUMNS)) {
      throw new UnusableFile(`it has no table ${TABLE} with the columns ${COLUMNS.join(', ')}`);
    }
    checkEmployeeCount(database.count(TABLE, MAX_FOREIGN_EMPLOYEES + 1));
    const employees: (ForeignEmployee | DamagedEmployee)[] = [];
    for (const cells of database.rows(TABLE, COLUMNS, MAX_FOREIGN_EMPLOYEES)) {
      const texts = cells.map((cell) => (cell === null ? null : database.text(cell)));
      const [id, first_name, last_name, ssn, date_of_birth, salary] = texts;
      const all = { id, first_name, last_name, ssn, date_of_birth, salary };
      employees.push(foreignEmployee(employees.length + 1, all));
      // SQLite is read in this thread: everything else gets its turn in between.
      if (employees.length % ROWS_A_TURN === 0) await nextTurn();
    }
    return { format: 'records', employees, warnings: [] };
  } finally {
    await database[Symbol.asyncDispose]();
  }
}
