import * as z from 'zod';
import {
  employee,
  employeeChanges,
  employeeCreation,
  employeeId,
  employeeImport,
  employeeImportReport,
  employeesPage,
  employeesQuery,
  maskedEmployee,
  writtenEmployee,
  type EmployeeCreation,
  type EmployeeView,
  type MaskedEmployee,
  type WrittenEmployee,
} from '../../../protocol/employees.js';
import type { NamedSchema, Operation } from '../openapi/operation.js';
import { DATABASE, done, json, JSON_BODY } from './answer-parts.js';

const NEW: EmployeeCreation = {
  id: 1,
  first_name: 'John',
  last_name: 'Doe',
  ssn: '123456789',
  date_of_birth: '01-01-2000',
  salary: 100_000,
};
const UPDATED = { updated_at: '2026-11-21T02:44:57.123Z' };
const WHOLE: EmployeeView = { ...NEW, ...UPDATED };
const DAMAGED: EmployeeView = { ...WHOLE, ssn: '', damaged_fields: ['ssn'] };
const EXAMPLE_MASKED: MaskedEmployee = {
  ...{ id: 1, first_name: 'John', last_name: 'Doe', ...UPDATED },
  ...{ ssn: '*****6789', date_of_birth: '**-**-****', salary: '******' },
};
const MASKED: NamedSchema = { name: 'MaskedEmployee', type: maskedEmployee };
const EXAMPLE_WRITTEN: WrittenEmployee = { id: 1, ...UPDATED };
const WRITTEN = json('WrittenEmployee', writtenEmployee, { john: EXAMPLE_WRITTEN });

const ETAG = { ETag: 'The version of the record, for `If-Match`: `"3-mi8k2x1c"`.' };
const ID = z.object({ id: employeeId.describe('The number of an employee.') });
const IF_MATCH = z
  .string()
  .describe(
    'The ETag of the version that is meant, several with commas between, or `*` for whichever there is.',
  );

const ALL: readonly Operation[] = [
  {
    method: 'GET',
    path: '/v1/employees',
    id: 'employees',
    tag: 'Employees',
    summary: 'Employees by number, a page at a time, with what is personal masked',
    access: 'employees:get',
    parameters: { query: employeesQuery },
    answers: {
      200: {
        description: 'A page.',
        content: json('EmployeesPage', employeesPage, { one: { employees: [EXAMPLE_MASKED], next: null } }, [
          MASKED,
        ]),
      },
    },
    refusals: ['request.invalid_field', ...DATABASE],
    refusalForm: 'problem',
  },
  {
    method: 'POST',
    path: '/v1/employees',
    id: 'addEmployee',
    tag: 'Employees',
    summary: 'Adds an employee',
    access: 'employees:add',
    body: json('EmployeeCreation', employeeCreation, { john: NEW }),
    answers: { 201: { description: 'It is added.', content: WRITTEN, headers: ETAG } },
    refusals: [...JSON_BODY, 'employee.exists', ...DATABASE],
    refusalForm: 'problem',
  },
  {
    method: 'POST',
    path: '/v1/employees/import',
    id: 'importEmployees',
    tag: 'Employees',
    summary: 'Adds many employees at once, or says what would be added',
    access: 'employees:add',
    description:
      'Each employee is checked by itself, and all that is wrong with all of them is told. With a conflict none is added, unless ' +
      '`skip_conflicts` says so. Nothing is done without `apply`.',
    body: json('EmployeeImport', employeeImport, {
      dry: { employees: [NEW] },
      apply: { employees: [NEW], apply: true, skip_conflicts: true },
    }),
    answers: {
      200: {
        description: 'What was done, or would be.',
        content: json('EmployeeImportReport', employeeImportReport, {
          dry: {
            found: 2,
            added: 1,
            is_applied: false,
            conflicts: [{ row: 2, id: 2, reason: 'ssn: must be nine digits' }],
          },
        }),
      },
    },
    refusals: [...JSON_BODY, ...DATABASE],
    refusalForm: 'problem',
  },
];

const ONE: readonly Operation[] = [
  {
    method: 'GET',
    path: '/v1/employees/{id}',
    id: 'employee',
    tag: 'Employees',
    summary: 'Everything about an employee',
    access: 'employees:get',
    parameters: { path: ID },
    answers: {
      200: {
        description: 'The employee.',
        content: json('Employee', employee, { john: WHOLE, damaged: DAMAGED }),
        headers: ETAG,
      },
    },
    refusals: ['employee.unknown', ...DATABASE],
    refusalForm: 'problem',
  },
  {
    method: 'PATCH',
    path: '/v1/employees/{id}',
    id: 'changeEmployee',
    tag: 'Employees',
    summary: 'Changes an employee, if it still is as it was read',
    access: 'employees:update',
    description:
      'What is not named stays as it is, and something has to be. The version is another one afterwards, also where all was so before. ' +
      'With `If-Match: *` what others have changed meanwhile, and is not named, stays too.',
    parameters: { path: ID, header: z.object({ 'If-Match': IF_MATCH }) },
    body: json('EmployeeChanges', employeeChanges.meta({ minProperties: 1 }), { raise: { salary: 120_000 } }),
    answers: {
      200: { description: 'It is changed.', content: WRITTEN, headers: ETAG },
    },
    refusals: [
      ...JSON_BODY,
      ...(['request.invalid_header', 'employee.unknown'] as const),
      ...(['employee.changed_meanwhile', 'employee.version_needed'] as const),
      ...DATABASE,
    ],
    refusalForm: 'problem',
  },
  {
    method: 'DELETE',
    path: '/v1/employees/{id}',
    id: 'deleteEmployee',
    tag: 'Employees',
    summary: 'Removes an employee',
    access: 'employees:delete',
    parameters: { path: ID, header: z.object({ 'If-Match': IF_MATCH.optional() }) },
    answers: done('It is removed.'),
    refusals: ['request.invalid_header', 'employee.unknown', 'employee.changed_meanwhile', ...DATABASE],
    refusalForm: 'problem',
  },
];

/** Employee records. */
export const EMPLOYEE_OPERATIONS: readonly Operation[] = [...ALL, ...ONE];
