import type { EmployeeCreation } from '../../../../protocol/employees.js';
import { columnsOf, readCsv, type CsvRow } from '../files/csv-file.js';
import { UnusableFile, warnOfUntaken } from '../files/foreign-file.js';
import {
  checkEmployeeCount,
  foreignEmployee,
  type DamagedEmployee,
  type ForeignEmployee,
  type ForeignEmployees,
} from './foreign-employee.js';

// Ours first, then what the records server calls it.
const COLUMNS: Readonly<Record<keyof EmployeeCreation, readonly string[]>> = {
  id: ['id'],
  first_name: ['first_name', 'fname'],
  last_name: ['last_name', 'lname'],
  ssn: ['ssn'],
  date_of_birth: ['date_of_birth', 'dob'],
  salary: ['salary'],
};

/** The columns of a CSV under which the fields stand. */
type Places = Readonly<Record<keyof EmployeeCreation, string>>;

/** Whether a text looks like a CSV of employees: its first line names two columns that every one has. */
export function looksLikeEmployeesCsv(head: string): boolean {
  const columns = columnsOf(head);
  return columns.includes('id') && columns.includes('ssn');
}

/** Reads a CSV of employees. @throws UnusableFile */
export async function readCsvEmployees(content: Buffer): Promise<ForeignEmployees> {
  const { columns, rows } = readCsv(content);
  const places = placesIn(columns);
  const taken: ReadonlySet<string> = new Set(Object.values(places));
  const employees: (ForeignEmployee | DamagedEmployee)[] = [];
  for await (const row of rows) {
    employees.push(readRow(row, places));
    checkEmployeeCount(employees.length);
  }
  const untaken = columns.filter((name) => !taken.has(name));
  return { format: 'csv', employees, warnings: warnOfUntaken(untaken) };
}

function placesIn(columns: readonly string[]): Places {
  const placeOf = (field: keyof EmployeeCreation): string => {
    const [found, another] = COLUMNS[field].filter((name) => columns.includes(name));
    if (found === undefined) {
      throw new UnusableFile(`its first line names no column ${COLUMNS[field].join(' or ')}`);
    }
    if (another !== undefined) throw new UnusableFile(`its first line names both ${found} and ${another}`);
    return found;
  };
  return {
    id: placeOf('id'),
    first_name: placeOf('first_name'),
    last_name: placeOf('last_name'),
    ssn: placeOf('ssn'),
    date_of_birth: placeOf('date_of_birth'),
    salary: placeOf('salary'),
  };
}

function readRow(read: CsvRow, places: Places): ForeignEmployee | DamagedEmployee {
  const { row } = read;
  if ('damage' in read) return { row, id: null, damage: read.damage };
  const { values } = read;
  return foreignEmployee(row, {
    id: values[places.id],
    first_name: values[places.first_name],
    last_name: values[places.last_name],
    ssn: values[places.ssn],
    date_of_birth: values[places.date_of_birth],
    salary: values[places.salary],
  });
}
