import { Router, type Request, type Response } from 'express';
import {
  employeeChanges,
  employeeCreation,
  employeeId,
  employeeImport,
  employeesQuery,
} from '../../../protocol/employees.js';
import { AppError } from '../../errors/app-error.js';
import type { EmployeeService, Versioned } from '../../features/employees/employee-service.js';
import { Turns } from '../../net/turns.js';
import { answerInTurn } from '../answer-in-turn.js';
import type { CallerOf } from '../callers/request-callers.js';
import type { ReadJson } from '../bodies/json-body.js';
import { parseQuery } from '../bodies/parse-fields.js';
import { refuseOtherMethods } from '../request-guards.js';
import { entityTag, expectedVersion } from './entity-tag.js';

/** Lists, or imports, of one user that go on at once. */
const AT_ONCE = 1;
const PATH = '/v1/employees';
const IMPORT_PATH = '/v1/employees/import';
const ONE_PATH = '/v1/employees/:id';

/** What is wrong with a change of nothing. */
const NO_CHANGE = { field: 'body', reason: 'must name what is to be changed' };

/** `/v1/employees`: employee records. Whoever may not is refused before a body is read. */
export function createEmployeeRoutes(
  employees: EmployeeService,
  callerOf: CallerOf,
  readJson: ReadJson,
): Router {
  const router = Router();
  routeAll(router, employees, callerOf, readJson);
  routeImport(router, employees, callerOf, readJson);
  routeOne(router, employees, callerOf, readJson);
  router.all(PATH, refuseOtherMethods('GET, POST'));
  // The others are of an employee of this number, of whom there is none.
  router.all(IMPORT_PATH, refuseOtherMethods('DELETE, GET, PATCH, POST'));
  router.all(ONE_PATH, refuseOtherMethods('DELETE, GET, PATCH'));
  return router;
}

function routeAll(router: Router, employees: EmployeeService, callerOf: CallerOf, readJson: ReadJson): void {
  const turns = new Turns(AT_ONCE);
  router.get(PATH, async (request, response) => {
    const caller = callerOf(request);
    employees.assertMay(caller, 'get');
    const query = parseQuery(employeesQuery, request.query);
    await answerInTurn(turns, caller.session.userId, request, response, async () =>
      response.json(await employees.list(caller, query)),
    );
  });
  router.post(PATH, async (request, response) => {
    const caller = callerOf(request);
    employees.assertMay(caller, 'add');
    const employee = await readJson(request, employeeCreation);
    answer(response.status(201), await employees.add(caller, employee));
  });
}

function routeImport(
  router: Router,
  employees: EmployeeService,
  callerOf: CallerOf,
  readJson: ReadJson,
): void {
  const turns = new Turns(AT_ONCE);
  router.post(IMPORT_PATH, async (request, response) => {
    const caller = callerOf(request);
    employees.assertMay(caller, 'add');
    const { employees: rows, apply, skip_conflicts: skipConflicts } = await readJson(request, employeeImport);
    await answerInTurn(turns, caller.session.userId, request, response, async () =>
      response.json(
        apply
          ? await employees.importAll(caller, rows, { skipConflicts })
          : await employees.planImport(caller, rows),
      ),
    );
  });
}

function routeOne(router: Router, employees: EmployeeService, callerOf: CallerOf, readJson: ReadJson): void {
  router.get(ONE_PATH, async (request, response) => {
    const caller = callerOf(request);
    employees.assertMay(caller, 'get');
    answer(response, await employees.get(caller, idOf(request)));
  });
  router.patch(ONE_PATH, async (request, response) => {
    const caller = callerOf(request);
    employees.assertMay(caller, 'update');
    const id = idOf(request);
    const expected = expectedVersion(request.get('If-Match'));
    if (expected === undefined) throw new AppError('employee.version_needed');
    const changes = await readJson(request, employeeChanges);
    if (Object.keys(changes).length === 0)
      throw new AppError('request.invalid_field', { details: NO_CHANGE });
    answer(response, await employees.change(caller, id, changes, expected));
  });
  router.delete(ONE_PATH, async (request, response) => {
    const caller = callerOf(request);
    employees.assertMay(caller, 'delete');
    await employees.remove(caller, idOf(request), expectedVersion(request.get('If-Match')) ?? 'any');
    response.status(204).end();
  });
}

// What is no number is no employee's.
function idOf({ params: { id } }: Request<{ id: string }>): number {
  const number = /^[1-9]\d*$/.test(id) ? Number(id) : undefined;
  const result = employeeId.safeParse(number);
  if (!result.success) throw new AppError('employee.unknown', { details: { id } });
  return result.data;
}

function answer(response: Response, { employee, version }: Versioned<unknown>): void {
  response.set('ETag', entityTag(version)).json(employee);
}
