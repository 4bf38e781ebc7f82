import type { EmployeeChanges, EmployeeCreation, EmployeeFields } from '../../../protocol/employees.js';
import type { Resealed } from '../../keys/rotate-keys.js';

/** A field that is sealed where it is kept. */
export type SealedEmployeeField = 'ssn' | 'date_of_birth' | 'salary';

/** What an employee's fields are where they can be read; a damaged text is empty, a damaged salary null. */
export type ReadFields = Omit<EmployeeFields, 'salary'> & { readonly salary: number | null };

/** An employee as the database has it, opened. */
export interface Employee {
  readonly id: number;
  readonly fields: ReadFields;
  /** What is kept and cannot be read. */
  readonly damaged: readonly SealedEmployeeField[];
  /** One more with every change, from 1. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What lists show of an employee: no more of it is read and opened. */
export interface EmployeeSummary extends Pick<Employee, 'id' | 'updatedAt'> {
  readonly firstName: string;
  readonly lastName: string;
  /** Empty where it is damaged. */
  readonly ssn: string;
}

/** Which employees a list is of. */
export interface EmployeeFilter {
  /** A part of the name in its compared form; see `employeeNameKey`. */
  readonly nameContains?: string | undefined;
  /** Whoever has this number is found too. */
  readonly id?: number | undefined;
  /** Only numbers behind this one. */
  readonly afterId?: number | undefined;
}

/** Where employees are kept. Every method throws AppError `database.…` when the database does not answer. */
export interface EmployeeStore {
  findById(id: number): Promise<Employee | undefined>;
  /** Which of some numbers are taken. */
  takenOf(ids: readonly number[]): Promise<ReadonlySet<number>>;
  /** Employees in the order of their numbers, some at a time: between them others have their turn. */
  list(filter: EmployeeFilter): AsyncIterable<readonly EmployeeSummary[]>;
  /** Answers whether the number was free. */
  insert(employee: EmployeeCreation, now: Date): Promise<boolean>;
  /**
   * Inserts all of them or none; answers whether all numbers were free. Others read and write until all are sealed, and wait only while
   * they are inserted.
   */
  insertAll(employees: readonly EmployeeCreation[], now: Date): Promise<boolean>;
  /** Changes what is named; answers what came of it, undefined where it was not any more as it was read. */
  change(before: Employee, changes: EmployeeChanges, now: Date): Promise<Employee | undefined>;
  /** Removes one, if it still is as it was read where that is given; answers whether it did. */
  remove(id: number, before?: Pick<Employee, 'version' | 'createdAt'>): Promise<boolean>;
  /** Seals some rows anew that are not under a key, which changes no version; what cannot be opened stays as it is. */
  resealSome(keyId: string, limit: number): Promise<Resealed>;
}
