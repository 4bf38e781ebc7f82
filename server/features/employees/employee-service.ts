import type {
  EmployeeChanges,
  EmployeeCreation,
  EmployeeImportReport,
  EmployeesPage,
  EmployeesQuery,
  EmployeeView,
  WrittenEmployee,
} from '../../../protocol/employees.js';
import type { Actor } from '../audit/audit-service.js';
import type { Caller } from '../sessions/session-service.js';

/** An employee, and the version of its record: another one with every change. No two records of one number have the same. */
export interface Versioned<View> {
  readonly employee: View;
  readonly version: string;
}

/** Upon which versions of a record a change may build; `any` overwrites whatever there is. */
export type ExpectedVersion = readonly string[] | 'any';

/** How an import is made. */
export interface EmployeeImportOptions {
  /** Whether employees that cannot be added are left out; else one is enough and none is added. */
  readonly skipConflicts: boolean;
}

/**
 * Employee records: contract 3. Each of the four permissions is asked for by itself, and every reading and every change is in the
 * audit log when it is answered.
 *
 * Every method throws AppError `permission.missing`, `account.password_change_needed` and `database.…`.
 */
export interface EmployeeService {
  /** Refuses who may not do one of the four. @throws AppError only */
  assertMay(caller: Caller, deed: 'get' | 'add' | 'update' | 'delete'): void;
  /** Everything about one. Needs `employees:get`. @throws AppError `employee.unknown`, `key.unusable` */
  get(caller: Caller, id: number): Promise<Versioned<EmployeeView>>;
  /** A page by number, with what is personal masked. Needs `employees:get`. */
  list(caller: Caller, query: EmployeesQuery): Promise<EmployeesPage>;
  /** Adds one. Needs `employees:add`. @throws AppError `employee.exists` */
  add(caller: Caller, employee: EmployeeCreation): Promise<Versioned<WrittenEmployee>>;
  /**
   * Changes what is named, which makes another version also where it was the same: nobody learns by it what was there. Where nothing is
   * named nothing is changed. Needs `employees:update`.
   *
   * @throws AppError `employee.unknown`, `employee.changed_meanwhile` where the version is another one
   */
  change(
    caller: Caller,
    id: number,
    changes: EmployeeChanges,
    expected: ExpectedVersion,
  ): Promise<Versioned<WrittenEmployee>>;
  /** Removes one. Needs `employees:delete`. @throws AppError as {@link change} does */
  remove(caller: Caller, id: number, expected: ExpectedVersion): Promise<void>;
  /** Says what {@link importAll} would do; nothing is changed, but it is in the audit log. Needs `employees:add`. @param rows - not checked yet */
  planImport(caller: Caller, rows: readonly unknown[]): Promise<EmployeeImportReport>;
  /** Adds all of them, or with a conflict and without `skipConflicts` none. Needs `employees:add`. */
  importAll(
    caller: Caller,
    rows: readonly unknown[],
    options: EmployeeImportOptions,
  ): Promise<EmployeeImportReport>;
}

/** The same for the operator, who needs no permission. @throws AppError `database.…` */
export interface EmployeeImportService {
  /**
   * Says what {@link apply} would do; nothing is changed.
   *
   * @param rows - each checked by `employeeCreation`
   * @param actor - who asks, for the audit log
   * @param source - where they are from, for the audit log
   */
  plan(rows: readonly unknown[], actor: Actor, source: string): Promise<EmployeeImportReport>;
  apply(
    rows: readonly unknown[],
    options: EmployeeImportOptions,
    actor: Actor,
    source: string,
  ): Promise<EmployeeImportReport>;
}
