import pLimit from 'p-limit';
import {
  EMPLOYEE_FIELD_NAMES,
  type EmployeeChanges,
  type EmployeeCreation,
  type EmployeeImportReport,
  type EmployeesPage,
  type EmployeesQuery,
  type EmployeeView,
  type WrittenEmployee,
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
import { pageOf, versionOf, viewOf, writtenViewOf } from './employee-view.js';
import { noteFirst, noteRefusal } from './note-first.js';

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
    const { audit } = this.#deps;
    const event = eventOf('employee.read', caller, id);
    const employee = await noteRefusal(audit, event, () => this.#find(id));
    await audit.append(event);
    return { employee: viewOf(employee), version: versionOf(employee) };
  }

  list(caller: Caller, query: EmployeesQuery): Promise<EmployeesPage> {
    this.assertMay(caller, 'get');
    return this.#lists(async () => {
      const page = await pageOf(this.#deps.store.list(filterOf(query)), query.limit);
      await this.#deps.audit.append(listEventOf(caller, query, page));
      return page;
    });
  }

  async add(caller: Caller, employee: EmployeeCreation): Promise<Versioned<WrittenEmployee>> {
    this.assertMay(caller, 'add');
    const { store, audit, clock } = this.#deps;
    const { id } = employee;
    const event = eventOf('employee.added', caller, id);
    await noteRefusal(audit, event, async () => {
      if ((await store.findById(id)) !== undefined) throw exists(id);
    });
    const now = clock();
    await noteFirst(audit, event, async () => {
      this.assertMay(caller, 'add');
      if (!(await store.insert(employee, now))) throw exists(id);
    });
    const version = versionOf({ version: 1, createdAt: now });
    return { employee: writtenViewOf({ id, updatedAt: now }), version };
  }

  async change(
    caller: Caller,
    id: number,
    changes: EmployeeChanges,
    expected: ExpectedVersion,
  ): Promise<Versioned<WrittenEmployee>> {
    this.assertMay(caller, 'update');
    const { audit } = this.#deps;
    const event = eventOf('employee.changed', caller, id, { fields: namedIn(changes) });
    await noteRefusal(audit, event, () => this.#findExpected(id, expected));
    const changed = await noteFirst(audit, event, () => this.#change(caller, id, changes, expected));
    return { employee: writtenViewOf(changed), version: versionOf(changed) };
  }

  async remove(caller: Caller, id: number, expected: ExpectedVersion): Promise<void> {
    this.assertMay(caller, 'delete');
    const { store, audit } = this.#deps;
    const event = eventOf('employee.removed', caller, id);
    const before = await noteRefusal(audit, event, () => this.#findExpected(id, expected));
    await noteFirst(audit, event, async () => {
      this.assertMay(caller, 'delete');
      if (await store.remove(id, expected === 'any' ? undefined : before)) return;
      await this.#find(id);
      throw changedMeanwhile(id);
    });
  }

  planImport(caller: Caller, rows: readonly unknown[]): Promise<EmployeeImportReport> {
    this.assertMay(caller, 'add');
    return this.#deps.imports.plan(rows, actorOf(caller), IMPORT_SOURCE);
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
      const before = await this.#findExpected(id, expected);
      this.assertMay(caller, 'update');
      if (namedIn(changes).length === 0) return before;
      const changed = await store.change(before, changes, clock());
      if (changed !== undefined) return changed;
    }
  }

  async #findExpected(id: number, expected: ExpectedVersion): Promise<Employee> {
    const employee = await this.#find(id);
    if (expected !== 'any' && !expected.includes(versionOf(employee))) throw changedMeanwhile(id);
    return employee;
  }

  async #find(id: number): Promise<Employee> {
    const employee = await this.#deps.store.findById(id);
    if (employee === undefined) throw new AppError('employee.unknown', { details: { id } });
    return employee;
  }
}

function exists(id: number): AppError {
  return new AppError('employee.exists', { details: { id } });
}

function changedMeanwhile(id: number): AppError {
  return new AppError('employee.changed_meanwhile', { details: { id } });
}

function namedIn(changes: EmployeeChanges): readonly string[] {
  return EMPLOYEE_FIELD_NAMES.filter((name) => changes[name] !== undefined);
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
