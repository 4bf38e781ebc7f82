import {
  employee,
  type EmployeeChanges,
  type EmployeeCreation,
  type EmployeeImport,
  employeeImportReport,
  type EmployeeImportReport,
  employeesPage,
  type EmployeesPage,
  type EmployeeView,
  type WrittenEmployee,
  writtenEmployee,
} from '../../../protocol/employees.js';
import { JsonRequests, pathOf, type Tagged } from '../accounts/json-requests.js';
import { queryPath } from '../query-page.js';
import type { RequestSenderOptions } from '../request-sender.js';

/** Which employees are asked for; what is left out does not narrow it down. */
export interface EmployeesFilter {
  readonly search?: string | undefined;
  /** The most of one page, 1 to 1,000. */
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** What overwrites an employee whatever version there is. */
export const ANY_VERSION = '*';

/**
 * What may be done to employee records, each by a permission of its own. Each function rejects with a GatherError, whose
 * `problem.code` says what is wrong. Dispose of it to close its connections.
 */
export interface EmployeesApi extends Disposable {
  /** One page, with what is personal masked. */
  list(token: string, filter: EmployeesFilter): Promise<EmployeesPage>;
  /** Everything about one. */
  get(token: string, id: number): Promise<Tagged<EmployeeView>>;
  add(token: string, wanted: EmployeeCreation): Promise<Tagged<WrittenEmployee>>;
  /** Changes what is named, of the version of this ETag; {@link ANY_VERSION} overwrites. */
  change(token: string, id: number, changes: EmployeeChanges, etag: string): Promise<Tagged<WrittenEmployee>>;
  /** Removes one; with an ETag only where it is of this version. */
  remove(token: string, id: number, etag?: string): Promise<void>;
  /** Imports all or nothing, or only says what it would do. */
  importAll(token: string, wanted: EmployeeImport): Promise<EmployeeImportReport>;
}

const EMPLOYEES = '/v1/employees';

/** Makes the requests about employee records against one server. */
export function createEmployeesApi(options: RequestSenderOptions): EmployeesApi {
  const requests = new JsonRequests(options);
  return {
    list: (token, filter) =>
      requests.ask(employeesPage, { method: 'get', path: queryPath(EMPLOYEES, filter), token }),
    get: (token, id) => requests.askTagged(employee, { method: 'get', path: pathOfEmployee(id), token }),
    add: (token, body) =>
      requests.askTagged(writtenEmployee, { method: 'post', path: EMPLOYEES, token, body }),
    change: (token, id, body, ifMatch) =>
      requests.askTagged(writtenEmployee, {
        method: 'patch',
        path: pathOfEmployee(id),
        token,
        body,
        ifMatch,
      }),
    remove: (token, id, ifMatch) =>
      // Sent again, it could not tell its own deed from somebody else's.
      requests.tell({ method: 'delete', path: pathOfEmployee(id), token, ifMatch, isRepeatable: false }),
    importAll: (token, body) =>
      requests.ask(employeeImportReport, { method: 'post', path: `${EMPLOYEES}/import`, token, body }),
    [Symbol.dispose]: () => {
      requests[Symbol.dispose]();
    },
  };
}

function pathOfEmployee(id: number): string {
  return pathOf(EMPLOYEES, String(id));
}
