import { MOST_IMPORTED } from '../../../../protocol/employees.js';
import { EmployeeCsvError, type EmployeeInFile, employeesInCsv } from '../../../formats/employee-csv.js';
import { bytesText, numberText } from '../../parts/words.js';

/** Employees that were found in a file. */
export interface EmployeeFile {
  readonly name: string;
  readonly employees: readonly EmployeeInFile[];
}

// Ten thousand rows of the longest values are not half of it.
const MOST_BYTES = 16 * 1024 * 1024;

/** Reads a file. @throws EmployeeCsvError where it has no employees, or too many */
export async function employeesInFile(file: File): Promise<EmployeeFile> {
  if (file.size > MOST_BYTES) {
    throw new EmployeeCsvError(
      `it has ${bytesText(file.size)}, and at most ${bytesText(MOST_BYTES)} are read`,
    );
  }
  return { name: file.name, employees: counted(employeesInCsv(new Uint8Array(await file.arrayBuffer()))) };
}

function counted(employees: readonly EmployeeInFile[]): readonly EmployeeInFile[] {
  if (employees.length <= MOST_IMPORTED) return employees;
  const found = `it has ${numberText(employees.length)} employees`;
  throw new EmployeeCsvError(`${found}, and at most ${numberText(MOST_IMPORTED)} go in one import`);
}
