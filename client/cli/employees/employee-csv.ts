import { isUtf8 } from 'node:buffer';
import type { Info } from 'csv-parse';
import { CsvError, parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { cellOfText, csvDelimiter } from '../../../protocol/csv-record.js';
import {
  csvCellText,
  EMPLOYEE_CSV_COLUMNS,
  type EmployeeColumn,
  employeeColumn,
  employeeOfCells,
} from '../../../protocol/employee-csv.js';
import type { EmployeeView } from '../../../protocol/employees.js';
import { CliError } from '../cli-error.js';

/** The first line of a file of employees in CSV, with its end. */
export const EMPLOYEE_CSV_HEADER = `${EMPLOYEE_CSV_COLUMNS.join(',')}\n`;

/**
 * Employees as rows of CSV (RFC 4180, LF line ends). A name that a spreadsheet could take for a formula, or that has quotes in
 * it, stands as its JSON literal, as in every CSV of gatherd.
 */
export function employeeCsvRows(employees: readonly EmployeeView[]): string {
  const rows = employees.map((employee) =>
    EMPLOYEE_CSV_COLUMNS.map((column) => cellOfText(String(employee[column]))),
  );
  return stringify(rows, { record_delimiter: '\n' });
}

/** An employee in a file. */
export interface EmployeeInFile {
  /** The line of the file where it ends, which `gatherd import employees` calls its row, too. */
  readonly line: number;
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * Reads employees from a CSV (RFC 4180, in UTF-8) whose first line names the columns, in our words or in those of the
 * original's table; `;` and tabs between them are understood too. Their values are not checked yet.
 *
 * @throws CliError with exit code 1
 */
export function employeesInCsv(content: Buffer, path: string): readonly EmployeeInFile[] {
  if (!isUtf8(content)) throw unusable(path, 'it is not text in UTF-8');
  const [header, ...rows] = cellsOf(content, path);
  const columns = columnsOf(header?.record ?? [], path);
  if (rows.length === 0) throw unusable(path, 'there is no employee in it');
  return rows.map(({ record: cells, info: { lines: line } }) => {
    if (cells.length === columns.length) {
      const texts = columns.map((column, at) => [column, csvCellText(column, cells[at] ?? '')] as const);
      return { line, values: employeeOfCells(Object.fromEntries(texts)).values };
    }
    const counts = `${String(cells.length)} cells, not ${String(columns.length)}`;
    throw unusable(path, `its row ${String(line)} has ${counts}`);
  });
}

interface Row {
  readonly record: readonly string[];
  readonly info: Info;
}

function cellsOf(content: Buffer, path: string): readonly Row[] {
  const [header = ''] = content.toString('utf8', 0, 1024).split('\n');
  try {
    return parse(content, {
      bom: true,
      delimiter: csvDelimiter(header),
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
    }) as unknown as Row[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    // Without the parser's message, which quotes what it read.
    throw unusable(path, `its line ${String(Number(error['lines']))} is no CSV (${error.code})`);
  }
}

function columnsOf(titles: readonly string[], path: string): readonly EmployeeColumn[] {
  const columns = titles.map((title) => {
    const column = employeeColumn(title);
    if (column !== undefined) return column;
    throw unusable(path, `its first line names ${JSON.stringify(title)}, which is no field of an employee`);
  });
  const missing = EMPLOYEE_CSV_COLUMNS.filter((column) => !columns.includes(column));
  if (missing.length > 0) throw unusable(path, `its first line does not name ${missing.join(', ')}`);
  if (columns.length > EMPLOYEE_CSV_COLUMNS.length)
    throw unusable(path, 'its first line names a field twice');
  return columns;
}

function unusable(path: string, reason: string): CliError {
  return new CliError('failed', 'input', `${path} cannot be imported: ${reason}`);
}
