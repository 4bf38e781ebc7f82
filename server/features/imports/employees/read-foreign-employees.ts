import { looksLikeDatabase, readForeignFile, UnusableFile } from '../files/foreign-file.js';
import { looksLikeEmployeesCsv, readCsvEmployees } from './csv-employees-file.js';
import { readDatabaseEmployees } from './database-employees.js';
import type { ForeignEmployees } from './foreign-employee.js';

/** Reads a file's employees. Nothing is written. @throws AppError `import.unusable` */
export async function readForeignEmployees(path: string): Promise<ForeignEmployees> {
  return readForeignFile(path, async ({ head, read }) => {
    if (looksLikeDatabase(head)) return readDatabaseEmployees(path);
    if (looksLikeEmployeesCsv(head)) return readCsvEmployees(await read());
    throw new UnusableFile(
      'it is neither the records server’s employee.db nor a CSV whose first line names id and ssn',
    );
  });
}
