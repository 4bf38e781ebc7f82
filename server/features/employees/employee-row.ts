import { employeeNameKey, type EmployeeChanges, type EmployeeCreation } from '../../../protocol/employees.js';
import type { Prisma } from '../../database/generated/client.js';
import type { EmployeeModel } from '../../database/generated/models/Employee.js';
import { AppError } from '../../errors/app-error.js';
import type { FieldCipher } from '../../keys/field-cipher.js';
import type { SealedTable } from '../../keys/rotate-keys.js';
import type {
  Employee,
  EmployeeStore,
  EmployeeSummary,
  ReadFields,
  SealedEmployeeField,
} from './employee-store.js';

const TABLE = 'Employee';

const COLUMNS = {
  ssn: 'ssn',
  date_of_birth: 'dateOfBirth',
  salary: 'salary',
} as const satisfies Record<SealedEmployeeField, keyof EmployeeModel>;
type SealedColumn = (typeof COLUMNS)[SealedEmployeeField];

const SEALED_FIELDS = Object.keys(COLUMNS) as readonly SealedEmployeeField[];
/** All salaries are as long: what is sealed would tell how many digits there are. */
const SALARY_DIGITS = 16;

/** Employees, as a rotation of keys sees them. */
export function sealedEmployees(store: Pick<EmployeeStore, 'resealSome'>): SealedTable {
  const columns = Object.values(COLUMNS);
  return { table: TABLE, columns, resealSome: (keyId, limit) => store.resealSome(keyId, limit) };
}

/** A row as an employee. */
export function employeeOf(row: EmployeeModel, cipher: FieldCipher): Employee {
  const { firstName, lastName, version, createdAt, updatedAt } = row;
  const ssn = openColumn(row, 'ssn', cipher);
  const dateOfBirth = openColumn(row, 'dateOfBirth', cipher);
  const salary = openColumn(row, 'salary', cipher);
  const opened = { ssn, date_of_birth: dateOfBirth, salary };
  return {
    id: Number(row.id),
    fields: {
      first_name: firstName,
      last_name: lastName,
      ssn: ssn ?? '',
      date_of_birth: dateOfBirth ?? '',
      salary: salary === undefined ? null : Number(salary),
    },
    damaged: SEALED_FIELDS.filter((field) => opened[field] === undefined),
    ...{ version, createdAt, updatedAt },
  };
}

/** The columns of {@link summaryOf}. */
export const SUMMARY_COLUMNS = {
  id: true,
  firstName: true,
  lastName: true,
  nameKey: true,
  ssn: true,
  updatedAt: true,
} as const;

/** What lists show of a row. */
export function summaryOf(
  row: Pick<EmployeeModel, keyof typeof SUMMARY_COLUMNS>,
  cipher: FieldCipher,
): EmployeeSummary {
  const { firstName, lastName, updatedAt } = row;
  return { id: Number(row.id), firstName, lastName, ssn: openColumn(row, 'ssn', cipher) ?? '', updatedAt };
}

/** A new employee's row. */
export function rowOf(
  employee: EmployeeCreation,
  now: Date,
  cipher: FieldCipher,
): Prisma.EmployeeCreateManyInput {
  const { id, first_name: firstName, last_name: lastName, ...sealed } = employee;
  return {
    id: BigInt(id),
    ...{ firstName, lastName, nameKey: employeeNameKey(firstName, lastName) },
    ...sealAll(id, sealed, cipher),
    ...{ version: 1, createdAt: now, updatedAt: now },
  };
}

/** An employee after a change; what it names is damaged no more. */
export function changedEmployee(before: Employee, changes: EmployeeChanges, now: Date): Employee {
  const { fields, damaged, version } = before;
  return {
    ...before,
    fields: {
      first_name: changes.first_name ?? fields.first_name,
      last_name: changes.last_name ?? fields.last_name,
      ssn: changes.ssn ?? fields.ssn,
      date_of_birth: changes.date_of_birth ?? fields.date_of_birth,
      salary: changes.salary ?? fields.salary,
    },
    damaged: damaged.filter((field) => changes[field] === undefined),
    version: version + 1,
    updatedAt: now,
  };
}

/** The columns that lead there. Sealed ones are written all together, so that a row is never under two keys. */
export function changedColumns(
  employee: Employee,
  changes: EmployeeChanges,
  cipher: FieldCipher,
): Prisma.EmployeeUpdateManyMutationInput {
  const { fields, version, updatedAt } = employee;
  const { first_name: firstName, last_name: lastName } = fields;
  const isSealed = SEALED_FIELDS.some((field) => changes[field] !== undefined);
  return {
    ...{ firstName, lastName, nameKey: employeeNameKey(firstName, lastName), version, updatedAt },
    ...(isSealed ? sealedColumns(employee, cipher) : {}),
  };
}

/** All sealed columns under the key that seals now; those that are damaged are not among them, so that they stay as they are. */
export function sealedColumns({ id, fields, damaged }: Employee, cipher: FieldCipher) {
  const readable = SEALED_FIELDS.filter((field) => !damaged.includes(field));
  const sealed = readable.map((field) => [COLUMNS[field], seal(id, field, fields, cipher)] as const);
  return {
    ...(Object.fromEntries(sealed) as Partial<Record<SealedColumn, string>>),
    dataKeyId: cipher.keyId,
  };
}

function sealAll(id: number, fields: Pick<EmployeeCreation, SealedEmployeeField>, cipher: FieldCipher) {
  return {
    ssn: seal(id, 'ssn', fields, cipher),
    dateOfBirth: seal(id, 'date_of_birth', fields, cipher),
    salary: seal(id, 'salary', fields, cipher),
    dataKeyId: cipher.keyId,
  };
}

function seal(
  id: number,
  field: SealedEmployeeField,
  fields: Pick<ReadFields, SealedEmployeeField>,
  cipher: FieldCipher,
): string {
  const text = field === 'salary' ? String(fields.salary).padStart(SALARY_DIGITS, '0') : fields[field];
  return cipher.seal({ table: TABLE, column: COLUMNS[field], row: String(id) }, text);
}

/** Undefined where it is damaged. */
function openColumn<Column extends SealedColumn>(
  row: Pick<EmployeeModel, 'id' | Column>,
  column: Column,
  cipher: FieldCipher,
): string | undefined {
  try {
    return cipher.open({ table: TABLE, column, row: String(row.id) }, row[column]);
  } catch (error) {
    if (error instanceof AppError && error.code === 'key.unusable') return undefined;
    throw error;
  }
}
