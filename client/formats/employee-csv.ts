import type { Info } from 'csv-parse';
import { CsvError, parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { cellOfText, csvDelimiter } from '../../protocol/csv-record.js';
import {
  csvCellText,
  EMPLOYEE_CSV_COLUMNS,
  type EmployeeColumn,
  employeeColumn,
  employeeOfCells,
} from '../../protocol/employee-csv.js';
import type { EmployeeImportReport, EmployeeView } from '../../protocol/employees.js';

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

/** A file that has no employees which could be read; its message says why: "there is no employee in it". */
export class EmployeeCsvError extends Error {
  override readonly name = 'EmployeeCsvError';
}

/**
 * Reads employees from a CSV (RFC 4180, in UTF-8) whose first line names the columns, in our words or in those of the
 * original's table; `;` and tabs between them are understood too. Their values are not checked yet.
 *
 * @throws EmployeeCsvError
 */
export function employeesInCsv(content: Uint8Array): readonly EmployeeInFile[] {
  const [header, ...rows] = cellsOf(textOf(content));
  const columns = columnsOf(header?.record ?? []);
  if (rows.length === 0) throw new EmployeeCsvError('there is no employee in it');
  return rows.map(({ record: cells, info: { lines: line } }) => {
    if (cells.length === columns.length) {
      const texts = columns.map((column, at) => [column, csvCellText(column, cells[at] ?? '')] as const);
      return { line, values: employeeOfCells(Object.fromEntries(texts)).values };
    }
    const counts = `${String(cells.length)} cells, not ${String(columns.length)}`;
    throw new EmployeeCsvError(`its row ${String(line)} has ${counts}`);
  });
}

/** What keeps an employee from being imported. */
export type ImportConflict = EmployeeImportReport['conflicts'][number];

/** The conflicts of an import as the file counts, by the lines where rows end: the server counts the employees it was sent. */
export function conflictsByLine(
  conflicts: readonly ImportConflict[],
  employees: readonly EmployeeInFile[],
): readonly ImportConflict[] {
  const lineOf = (count: number): number => employees[count - 1]?.line ?? count;
  return conflicts.map(({ row, id, reason }) => {
    const said = /^(it has the number of row )(\d+)$/.exec(reason);
    const text = said === null ? reason : `${String(said[1])}${String(lineOf(Number(said[2])))}`;
    return { row: lineOf(row), id, reason: text };
  });
}

interface Row {
  readonly record: readonly string[];
  readonly info: Info;
}

// A mark of byte order is left out.
function textOf(content: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    throw new EmployeeCsvError('it is not text in UTF-8');
  }
}

function cellsOf(text: string): readonly Row[] {
  const [header = ''] = text.slice(0, 1024).split('\n');
  try {
    return parse(text, {
      delimiter: csvDelimiter(header),
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
    }) as unknown as Row[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    // Without the parser's message, which quotes what it read.
    throw new EmployeeCsvError(`its line ${String(Number(error['lines']))} is no CSV (${error.code})`);
  }
}

function columnsOf(titles: readonly string[]): readonly EmployeeColumn[] {
  const columns = titles.map((title) => {
    const column = employeeColumn(title);
    if (column !== undefined) return column;
    throw new EmployeeCsvError(
      `its first line names ${JSON.stringify(title)}, which is no field of an employee`,
    );
  });
  const missing = EMPLOYEE_CSV_COLUMNS.filter((column) => !columns.includes(column));
  if (missing.length > 0) throw new EmployeeCsvError(`its first line does not name ${missing.join(', ')}`);
  if (columns.length > EMPLOYEE_CSV_COLUMNS.length)
    throw new EmployeeCsvError('its first line names a field twice');
  return columns;
}
