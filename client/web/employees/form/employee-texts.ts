import { EMPLOYEE_CSV_COLUMNS, type EmployeeColumn } from '../../../../protocol/employee-csv.js';
import {
  EMPLOYEE_FIELD_NAMES,
  EMPLOYEE_LABELS,
  type EmployeeFields,
  type EmployeeView,
} from '../../../../protocol/employees.js';
import { readField } from '../../../formats/employee-value.js';

/** A field that can be changed. */
export type FieldName = keyof EmployeeFields;

/** What stands in the fields of a form. */
export type EmployeeTexts = Record<EmployeeColumn, string>;

interface FieldWords {
  readonly label: string;
  /** The form of its value, where the label does not tell. */
  readonly hint?: string;
}

/** What the fields are called. */
export const FIELD_WORDS: Readonly<Record<EmployeeColumn, FieldWords>> = {
  id: { label: 'Number', hint: 'From 1; cannot be changed later' },
  first_name: { label: EMPLOYEE_LABELS.first_name },
  last_name: { label: EMPLOYEE_LABELS.last_name },
  ssn: { label: EMPLOYEE_LABELS.ssn, hint: 'Nine digits' },
  date_of_birth: { label: EMPLOYEE_LABELS.date_of_birth, hint: 'mm-dd-yyyy' },
  salary: { label: EMPLOYEE_LABELS.salary, hint: 'A whole number' },
};

/** The fields of somebody new. */
export const NO_TEXTS = Object.fromEntries(EMPLOYEE_CSV_COLUMNS.map((name) => [name, ''])) as EmployeeTexts;

/** The fields of an employee; what is damaged is empty. */
export function textsOf(employee: EmployeeView): EmployeeTexts {
  return Object.fromEntries(
    EMPLOYEE_CSV_COLUMNS.map((name) => [name, String(employee[name] ?? '')]),
  ) as EmployeeTexts;
}

/** The fields that say something else. */
export function changedFields(before: EmployeeTexts, now: EmployeeTexts): readonly FieldName[] {
  return EMPLOYEE_FIELD_NAMES.filter((name) => before[name] !== now[name]);
}

/** What the texts of these fields mean; white space around them means nothing. Those that are no value are left out. */
export function valuesOf(
  names: readonly EmployeeColumn[],
  texts: EmployeeTexts,
): Readonly<Partial<Record<EmployeeColumn, string | number>>> {
  const read = names.map((name) => [name, readField({ name }, texts[name].trim())] as const);
  return Object.fromEntries(
    read.flatMap(([name, reading]) => ('value' in reading ? [[name, reading.value]] : [])),
  );
}

/** What is wrong with the texts of these fields; empty where nothing is. */
export function faultsOf(
  names: readonly EmployeeColumn[],
  texts: EmployeeTexts,
): Partial<Record<EmployeeColumn, string>> {
  const read = names.map((name) => [name, readField({ name }, texts[name].trim())] as const);
  return Object.fromEntries(
    read.flatMap(([name, reading]) => ('reason' in reading ? [[name, faultText(name, reading.reason)]] : [])),
  );
}

/** A fault of a field, as the field says it. */
export function faultText(name: EmployeeColumn, reason: string): string {
  return `${FIELD_WORDS[name].label} ${reason}.`;
}
