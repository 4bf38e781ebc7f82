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
import type { Credential } from '../credential.js';
import { JsonRequests, pathOf, type Tagged } from '../accounts/json-requests.js';
import { queryPath } from '../query-page.js';
import type { RequestPort } from '../request-port.js';

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
  list(credential: Credential, filter: EmployeesFilter): Promise<EmployeesPage>;
  /** Everything about one. */
  get(credential: Credential, id: number): Promise<Tagged<EmployeeView>>;
  add(credential: Credential, wanted: EmployeeCreation): Promise<Tagged<WrittenEmployee>>;
  /** Changes what is named, of the version of this ETag; {@link ANY_VERSION} overwrites. */
  change(
    credential: Credential,
    id: number,
    changes: EmployeeChanges,
    etag: string,
  ): Promise<Tagged<WrittenEmployee>>;
  /** Removes one; with an ETag only where it is of this version. */
  remove(credential: Credential, id: number, etag?: string): Promise<void>;
  /** Imports all or nothing, or only says what it would do. */
  importAll(credential: Credential, wanted: EmployeeImport): Promise<EmployeeImportReport>;
}

const EMPLOYEES = '/v1/employees';

/** Makes the requests about employee records against one server. */
export function createEmployeesApi(port: RequestPort): EmployeesApi {
  const requests = new JsonRequests(port);
  return {
    list: (credential, filter) =>
      requests.ask(employeesPage, { method: 'get', path: queryPath(EMPLOYEES, filter), credential }),
    get: (credential, id) =>
      requests.askTagged(employee, { method: 'get', path: pathOfEmployee(id), credential }),
    add: (credential, body) =>
      requests.askTagged(writtenEmployee, { method: 'post', path: EMPLOYEES, credential, body }),
    change: (credential, id, body, ifMatch) =>
      requests.askTagged(writtenEmployee, {
        method: 'patch',
        path: pathOfEmployee(id),
        credential,
        body,
        ifMatch,
      }),
    remove: (credential, id, ifMatch) =>
      // Sent again, it could not tell its own deed from somebody else's.
      requests.tell({ method: 'delete', path: pathOfEmployee(id), credential, ifMatch, isRepeatable: false }),
    importAll: (credential, body) =>
      requests.ask(employeeImportReport, { method: 'post', path: `${EMPLOYEES}/import`, credential, body }),
    [Symbol.dispose]: () => {
      requests[Symbol.dispose]();
    },
  };
}

function pathOfEmployee(id: number): string {
  return pathOf(EMPLOYEES, String(id));
}
