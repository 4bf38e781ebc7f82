import {
  csvCellText,
  EMPLOYEE_CSV_COLUMNS,
  employeeColumn,
  type EmployeeCells,
  type EmployeeColumn,
} from '../../../../protocol/employee-csv.js';
import { columnsOf, readCsv, type CsvRow } from '../files/csv-file.js';
import { UnusableFile, warnOfUntaken } from '../files/foreign-file.js';
import {
  checkEmployeeCount,
  foreignEmployee,
  type DamagedEmployee,
  type ForeignEmployee,
  type ForeignEmployees,
} from './foreign-employee.js';

/** Whether a text looks like a CSV of employees: its first line names two columns that every one has. */
export function looksLikeEmployeesCsv(head: string): boolean {
  const columns = columnsOf(head);
  return columns.includes('id') && columns.includes('ssn');
}

/** Reads a CSV of employees. @throws UnusableFile */
export async function readCsvEmployees(content: Buffer): Promise<ForeignEmployees> {
  const { columns, rows } = readCsv(content);
  const titles = titlesOf(columns);
  const employees: (ForeignEmployee | DamagedEmployee)[] = [];
  for await (const row of rows) {
    employees.push(readRow(row, titles));
    checkEmployeeCount(employees.length);
  }
  const untaken = columns.filter((title) => employeeColumn(title) === undefined);
  return { format: 'csv', employees, warnings: warnOfUntaken(untaken) };
}

// By what each title stands for, which is each field once.
function titlesOf(columns: readonly string[]): ReadonlyMap<EmployeeColumn, string> {
  const titles = new Map<EmployeeColumn, string>();
  for (const title of columns) {
    const column = employeeColumn(title);
    if (column === undefined) continue;
    const other = titles.get(column);
    if (other !== undefined) throw new UnusableFile(`its first line names both ${other} and ${title}`);
    titles.set(column, title);
  }
  const missing = EMPLOYEE_CSV_COLUMNS.filter((column) => !titles.has(column));
  if (missing.length > 0) throw new UnusableFile(`its first line does not name ${missing.join(', ')}`);
  return titles;
}

function readRow(
  read: CsvRow,
  titles: ReadonlyMap<EmployeeColumn, string>,
): ForeignEmployee | DamagedEmployee {
  const { row } = read;
  if ('damage' in read) return { row, id: null, damage: read.damage };
  const cells = [...titles].map(([column, title]) => [column, csvCellText(column, read.values[title] ?? '')]);
  return foreignEmployee(row, Object.fromEntries(cells) as EmployeeCells);
}
