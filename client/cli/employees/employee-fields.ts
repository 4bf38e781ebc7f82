import { EMPLOYEE_CSV_COLUMNS, type EmployeeColumn } from '../../../protocol/employee-csv.js';
import { EMPLOYEE_LABELS } from '../../../protocol/employees.js';

/** A field of an employee, as people are asked for it. */
export interface EmployeeField {
  readonly name: EmployeeColumn;
  readonly label: string;
  /** The form of its value, where the label does not tell; empty where it does. */
  readonly form: string;
  /** The option that gives it. */
  readonly option: string;
  /** Whether what is typed is not shown. */
  readonly isHidden: boolean;
}

const SHOWN: Omit<EmployeeField, 'name' | 'label' | 'option'> = { form: '', isHidden: false };

const FIELDS: Readonly<Record<EmployeeColumn, Omit<EmployeeField, 'name'>>> = {
  id: { ...SHOWN, label: 'ID', option: '--id' },
  first_name: { ...SHOWN, label: EMPLOYEE_LABELS.first_name, option: '--first-name' },
  last_name: { ...SHOWN, label: EMPLOYEE_LABELS.last_name, option: '--last-name' },
  ssn: { label: EMPLOYEE_LABELS.ssn, form: 'nine digits, not shown', option: '--ssn-file', isHidden: true },
  date_of_birth: {
    ...SHOWN,
    label: EMPLOYEE_LABELS.date_of_birth,
    form: 'mm-dd-yyyy',
    option: '--date-of-birth',
  },
  salary: { ...SHOWN, label: EMPLOYEE_LABELS.salary, option: '--salary' },
};

/** All fields, in the order of contract 3. */
export const EMPLOYEE_FIELDS: readonly EmployeeField[] = EMPLOYEE_CSV_COLUMNS.map((name) => ({
  name,
  ...FIELDS[name],
}));

/** The field of the employee's number. */
export const ID_FIELD: EmployeeField = { name: 'id', ...FIELDS.id };

/** The fields that can be changed. */
export const CHANGEABLE_FIELDS = EMPLOYEE_FIELDS.filter(({ name }) => name !== 'id');

/** Values of an employee by their names; some may be missing, and a damaged one is null. */
export type EmployeeValues = Readonly<Partial<Record<EmployeeColumn, string | number | null | undefined>>>;
