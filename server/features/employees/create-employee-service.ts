import pLimit from 'p-limit';
import {
  EMPLOYEE_FIELD_NAMES,
  type EmployeeChanges,
  type EmployeeCreation,
  type EmployeeImportReport,
  type EmployeesPage,
  type EmployeesQuery,
  type EmployeeView,
  type MaskedEmployee,
} from '../../../protocol/employees.js';
import { userNameKey } from '../../../protocol/user-name.js';
import { AppError } from '../../errors/app-error.js';
import { actorOf, type AccessService } from '../accounts/access-service.js';
import type { AuditEvent, AuditService } from '../audit/audit-service.js';
import type { Caller, SessionService } from '../sessions/session-service.js';
import type {
  EmployeeImportOptions,
  EmployeeImportService,
  EmployeeService,
  ExpectedVersion,
  Versioned,
} from './employee-service.js';
import type { Employee, EmployeeFilter, EmployeeStore } from './employee-store.js';
import { maskedViewOf, pageOf, viewOf } from './employee-view.js';
import { noteFirst } from './note-first.js';

/** What the service needs. */
export interface EmployeeDeps {
  readonly store: EmployeeStore;
  readonly imports: EmployeeImportService;
  readonly sessions: Pick<SessionService, 'assertLive'>;
  readonly access: Pick<AccessService, 'assert'>;
  readonly audit: Pick<AuditService, 'append' | 'record'>;
  readonly clock: () => Date;
}

const LISTS_AT_ONCE = 2;
const DIGITS = /^\d{1,16}$/;
/** What the audit log calls an import that came by a door. */
const IMPORT_SOURCE = 'employees';

/** Makes the service of employee records. */
export function createEmployeeService(deps: EmployeeDeps): EmployeeService {
  return new Employees(deps);
}

class Employees implements EmployeeService {
  readonly #deps: EmployeeDeps;
  readonly #lists = pLimit(LISTS_AT_ONCE);

  constructor(deps: EmployeeDeps) {
    this.#deps = deps;
  }

  assertMay(caller: Caller, deed: 'get' | 'add' | 'update' | 'delete'): void {
    // It may have ended while the request was still arriving.
    this.#deps.sessions.assertLive(caller.session);
    this.#deps.access.assert(caller, `employees:${deed}`);
  }

  async get(caller: Caller, id: number): Promise<Versioned<EmployeeView>> {
    this.assertMay(caller, 'get');
    const employee = await this.#find(id);
    await this.#deps.audit.append(eventOf('employee.read', caller, id));
    return { employee: viewOf(employee), version: employee.version };
  }

  list(caller: Caller, query: EmployeesQuery): Promise<EmployeesPage> {
    this.assertMay(caller, 'get');
    return this.#lists(async () => {
      const page = await pageOf(this.#deps.store.list(filterOf(query)), query.limit);
      await this.#deps.audit.append(listEventOf(caller, query, page));
      return page;
    });
  }

  async add(caller: Caller, employee: EmployeeCreation): Promise<Versioned<MaskedEmployee>> {
    this.assertMay(caller, 'add');
    const { store, audit, clock } = this.#deps;
    const { id, ...fields } = employee;
    const exists = () => new AppError('employee.exists', { details: { id } });
    if ((await store.findById(id)) !== undefined) throw exists();
    const now = clock();
    await noteFirst(audit, eventOf('employee.added', caller, id), async () => {
      this.assertMay(caller, 'add');
      if (!(await store.insert(employee, now))) throw exists();
    });
    const added = { id, fields, damaged: [], version: 1, createdAt: now, updatedAt: now };
    return { employee: maskedViewOf(added), version: 1 };
  }

  async change(
    caller: Caller,
    id: number,
    changes: EmployeeChanges,
    expected: ExpectedVersion,
  ): Promise<Versioned<MaskedEmployee>> {
    this.assertMay(caller, 'update');
    const fields = EMPLOYEE_FIELD_NAMES.filter((name) => changes[name] !== undefined);
    assertExpected(await this.#find(id), expected);
    const event = eventOf('employee.changed', caller, id, { fields });
    const changed = await noteFirst(this.#deps.audit, event, () =>
      this.#change(caller, id, changes, expected),
    );
    return { employee: maskedViewOf(changed), version: changed.version };
  }

  async remove(caller: Caller, id: number, expected: ExpectedVersion): Promise<void> {
    this.assertMay(caller, 'delete');
    const { store, audit } = this.#deps;
    assertExpected(await this.#find(id), expected);
    await noteFirst(audit, eventOf('employee.removed', caller, id), async () => {
      this.assertMay(caller, 'delete');
      if (await store.remove(id, expected === 'any' ? undefined : expected)) return;
      await this.#find(id);
      throw changedMeanwhile(id);
    });
  }

  planImport(caller: Caller, rows: readonly unknown[]): Promise<EmployeeImportReport> {
    this.assertMay(caller, 'add');
    return this.#deps.imports.plan(rows);
  }

  async importAll(
    caller: Caller,
    rows: readonly unknown[],
    options: EmployeeImportOptions,
  ): Promise<EmployeeImportReport> {
    this.assertMay(caller, 'add');
    return this.#deps.imports.apply(rows, options, actorOf(caller), IMPORT_SOURCE);
  }

  // Whoever was quicker is built upon, where any version will do: so no field is lost that only the other one named.
  async #change(caller: Caller, id: number, changes: EmployeeChanges, expected: ExpectedVersion) {
    const { store, clock } = this.#deps;
    for (;;) {
      const before = await this.#find(id);
      assertExpected(before, expected);
      this.assertMay(caller, 'update');
      if (!isChange(before, changes)) return before;
      const changed = await store.change(before, changes, clock());
      if (changed !== undefined) return changed;
    }
  }

  async #find(id: number): Promise<Employee> {
    const employee = await this.#deps.store.findById(id);
    if (employee === undefined) throw new AppError('employee.unknown', { details: { id } });
    return employee;
  }
}

function assertExpected({ id, version }: Employee, expected: ExpectedVersion): void {
  if (expected !== 'any' && expected !== version) throw changedMeanwhile(id);
}

function changedMeanwhile(id: number): AppError {
  return new AppError('employee.changed_meanwhile', { details: { id } });
}

// What is damaged is no value that a change could leave as it is: no field can be empty.
function isChange({ fields }: Employee, changes: EmployeeChanges): boolean {
  return EMPLOYEE_FIELD_NAMES.some((name) => changes[name] !== undefined && changes[name] !== fields[name]);
}

function filterOf({ search, cursor }: EmployeesQuery): EmployeeFilter {
  const isNumber = search !== undefined && DIGITS.test(search);
  return {
    ...(search === undefined ? {} : { nameContains: userNameKey(search) }),
    ...(isNumber ? { id: Number(search) } : {}),
    ...(cursor === undefined ? {} : { afterId: Number(cursor) }),
  };
}

function eventOf(
  action: AuditEvent['action'],
  caller: Caller,
  id: number,
  details: AuditEvent['details'] = {},
): AuditEvent {
  return { action, actor: actorOf(caller), subject: { name: `Employee #${String(id)}` }, details };
}

// Not what was searched for: that may be a person's name.
function listEventOf(caller: Caller, { search }: EmployeesQuery, { employees }: EmployeesPage): AuditEvent {
  const [first, last] = [employees[0]?.id ?? null, employees.at(-1)?.id ?? null];
  const details = { count: employees.length, first, last, is_search: search !== undefined };
  return { action: 'employees.listed', actor: actorOf(caller), details };
}
