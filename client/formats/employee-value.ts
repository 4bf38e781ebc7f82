import { type EmployeeColumn, wholeNumber } from '../../protocol/employee-csv.js';
import { employeeCreation } from '../../protocol/employees.js';

/** The value that a text is, or why it is none: "must be nine digits". */
export type FieldReading = { readonly value: string | number } | { readonly reason: string };

/** Reads what somebody has typed or given for a field of an employee. */
export function readField({ name }: { readonly name: EmployeeColumn }, text: string): FieldReading {
  const isNumber = name === 'id' || name === 'salary';
  const { data, error } = employeeCreation.shape[name].safeParse(isNumber ? wholeNumber(text) : text);
  if (data !== undefined) return { value: data };
  return { reason: error.issues[0]?.message ?? 'is not possible' };
}
