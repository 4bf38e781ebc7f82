import type { EmployeeView, MaskedEmployee, WrittenEmployee } from '../../../protocol/employees.js';
import type { Employee, EmployeeSummary } from './employee-store.js';

const MASKED_SSN = '*********';
const SHOWN_DIGITS = 4;

/** Everything about an employee. */
export function viewOf({ id, fields, damaged, updatedAt }: Employee): EmployeeView {
  return {
    id,
    ...fields,
    ...(damaged.length === 0 ? {} : { damaged_fields: [...damaged] }),
    updated_at: updatedAt.toISOString(),
  };
}

/** An employee of a list. */
function maskedView({ id, firstName, lastName, ssn, updatedAt }: EmployeeSummary): MaskedEmployee {
  return {
    id,
    first_name: firstName,
    last_name: lastName,
    ssn: ssn === '' ? MASKED_SSN : MASKED_SSN.slice(SHOWN_DIGITS) + ssn.slice(-SHOWN_DIGITS),
    date_of_birth: '**-**-****',
    salary: '******',
    updated_at: updatedAt.toISOString(),
  };
}

/** What the answer to a change shows. */
export function writtenViewOf({ id, updatedAt }: Pick<Employee, 'id' | 'updatedAt'>): WrittenEmployee {
  return { id, updated_at: updatedAt.toISOString() };
}

/** The version of a record: another one with each change, and where it was removed and added again. */
export function versionOf({ version, createdAt }: Pick<Employee, 'version' | 'createdAt'>): string {
  return `${String(version)}-${createdAt.getTime().toString(36)}`;
}

/** A page of what is found. */
export async function pageOf(
  found: AsyncIterable<readonly EmployeeSummary[]>,
  limit: number,
): Promise<{ employees: MaskedEmployee[]; next: string | null }> {
  const employees: MaskedEmployee[] = [];
  for await (const some of found)
    for (const one of some) {
      if (employees.length >= limit) return { employees, next: String(employees.at(-1)?.id) };
      employees.push(maskedView(one));
    }
  return { employees, next: null };
}
