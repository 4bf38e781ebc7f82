import * as z from 'zod';
import { codePointCount, userNameKey } from './user-name.js';

/** What JSON and SQLite both count to without rounding. */
const MOST = Number.MAX_SAFE_INTEGER;
const MOST_NAME_CHARACTERS = 100;

const ID_RULE = `must be a whole number from 1 to ${String(MOST)}`;
const NAME_RULE = `must be 1 to ${String(MOST_NAME_CHARACTERS)} characters, at least one of them to be seen, none a control character or an invisible mark`;
const SSN_RULE = 'must be nine digits';
const DATE_RULE = 'must be a date of the calendar, mm-dd-yyyy';
const SALARY_RULE = `must be a whole number from 0 to ${String(MOST)}`;

/** Some scripts are not written without them: U+200C and U+200D. */
const JOINERS = /[\u200c\u200d]/gu;
/** Controls, also those of the direction of writing, halves of characters, and what else is not to be seen. */
const FORBIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
/** Not Unicode's blanks that count as letters either. */
const VISIBLE = /[^\s\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u;

/** The number of an employee. */
export const employeeId = z.number({ error: ID_RULE }).int({ error: ID_RULE }).min(1, { error: ID_RULE });

const name = z
  .string({ error: NAME_RULE })
  .refine(isEmployeeName, { error: NAME_RULE })
  .describe(`1 to ${String(MOST_NAME_CHARACTERS)} characters.`);

function isEmployeeName(text: string): boolean {
  if (text.length > 2 * MOST_NAME_CHARACTERS || codePointCount(text) > MOST_NAME_CHARACTERS) return false;
  return VISIBLE.test(text) && !FORBIDDEN.test(text.replace(JOINERS, ''));
}

const ssn = z
  .string({ error: SSN_RULE })
  .regex(/^\d{9}$/, { error: SSN_RULE })
  .describe('A social security number: nine digits.');

const dateOfBirth = z
  .string({ error: DATE_RULE })
  .refine((text) => isCalendarDate(text), { error: DATE_RULE })
  .describe('mm-dd-yyyy.');

const salary = z
  .number({ error: SALARY_RULE })
  .int({ error: SALARY_RULE })
  .min(0, { error: SALARY_RULE })
  .describe('A whole number.');

/** Whether a text is a date of the Gregorian calendar as `mm-dd-yyyy`, the years from 0001. Contract 3. */
export function isCalendarDate(text: string): boolean {
  const [, month, day, year] = /^(\d{2})-(\d{2})-(\d{4})$/.exec(text) ?? [];
  if (month === undefined || day === undefined || year === undefined || year === '0000') return false;
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  // What is not in the calendar is another day, or none.
  return !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(day);
}

/** The fields of an employee that can be changed. Contract 3. */
export const employeeFields = z.strictObject({
  first_name: name,
  last_name: name,
  ssn,
  date_of_birth: dateOfBirth,
  salary,
});
export type EmployeeFields = z.infer<typeof employeeFields>;

/** What people call these fields. */
export const EMPLOYEE_LABELS: Readonly<Record<keyof EmployeeFields, string>> = {
  first_name: 'First name',
  last_name: 'Last name',
  ssn: 'SSN',
  date_of_birth: 'Date of birth',
  salary: 'Salary',
};

/** The names of these fields, in the order in which contract 3 has them. */
export const EMPLOYEE_FIELD_NAMES = Object.keys(employeeFields.shape) as readonly (keyof EmployeeFields)[];

/** An employee as it is written: the body of `POST /v1/employees`. */
export const employeeCreation = z.strictObject({ id: employeeId, ...employeeFields.shape });
export type EmployeeCreation = z.infer<typeof employeeCreation>;

/** What of an employee is to be changed, what is not named stays: the body of `PATCH /v1/employees/{id}`, where something is named. */
export const employeeChanges = employeeFields.partial();
export type EmployeeChanges = z.infer<typeof employeeChanges>;

/** An employee with everything: the answer of `GET /v1/employees/{id}`. */
export const employee = z.object({
  ...employeeCreation.shape,
  ssn: z.union([ssn, z.literal('')]).describe('Nine digits; empty where it is damaged.'),
  date_of_birth: z.union([dateOfBirth, z.literal('')]).describe('mm-dd-yyyy; empty where it is damaged.'),
  salary: salary.nullable().describe('A whole number; null where it is damaged.'),
  damaged_fields: z
    .array(z.enum(['ssn', 'date_of_birth', 'salary']))
    .optional()
    .describe(
      'Fields that cannot be decrypted; only where there are some. A change that names them repairs them.',
    ),
  updated_at: z.string().describe('UTC, RFC 3339.'),
});
export type EmployeeView = z.infer<typeof employee>;

/** What is answered to who has added or changed an employee, and may not read it for that. */
export const writtenEmployee = z.object({
  id: employeeId,
  updated_at: z.string().describe('UTC, RFC 3339.'),
});
export type WrittenEmployee = z.infer<typeof writtenEmployee>;

/** An employee as lists show it: what is personal is masked. */
export const maskedEmployee = z.object({
  id: employeeId,
  first_name: z.string(),
  last_name: z.string(),
  ssn: z.string().describe('Its last four digits: `*****6789`; where it is damaged `*********`.'),
  date_of_birth: z.literal('**-**-****'),
  salary: z.literal('******'),
  updated_at: z.string().describe('UTC, RFC 3339.'),
});
export type MaskedEmployee = z.infer<typeof maskedEmployee>;

/** The parameters of `GET /v1/employees`, in the order of the numbers. */
export const employeesQuery = z.strictObject({
  search: z
    .string()
    .min(1)
    .max(201)
    .regex(/^\P{Cc}*$/u, { error: 'must have no control characters' })
    .optional()
    .describe(
      'A number, whole; or a part of first and last name with a space between them, whatever the case.',
    ),
  limit: z
    .string()
    .regex(/^(?:[1-9]\d{0,2}|1000)$/, { error: 'must be a number from 1 to 1000' })
    .default('100')
    .transform(Number),
  cursor: z
    .string()
    .regex(/^\d{1,16}$/, { error: 'must be `next` of a page' })
    .optional()
    .describe('From `next` of the page before.'),
});
export type EmployeesQuery = z.infer<typeof employeesQuery>;

/** The answer of `GET /v1/employees`. */
export const employeesPage = z.object({
  employees: z.array(maskedEmployee),
  next: z.string().nullable().describe('The cursor of the next page; null at the end.'),
});
export type EmployeesPage = z.infer<typeof employeesPage>;

/** The most employees in one import over HTTP; its body is bounded as any other is. */
export const MOST_IMPORTED = 10_000;

/** The body of `POST /v1/employees/import`. Each employee is checked by itself, so that the answer has all that is wrong. */
export const employeeImport = z.strictObject({
  employees: z.array(z.record(z.string(), z.unknown())).min(1).max(MOST_IMPORTED),
  apply: z.boolean().default(false).describe('False: only says what would be done.'),
  skip_conflicts: z
    .boolean()
    .default(false)
    .describe('True: imports the others where some cannot be; else it is all or nothing.'),
});
export type EmployeeImport = z.input<typeof employeeImport>;

/** What an import has done, or would do. */
export const employeeImportReport = z.object({
  found: z.number().int().min(0),
  added: z.number().int().min(0).describe('How many are, or would be, added.'),
  is_applied: z.boolean(),
  conflicts: z.array(
    z.object({
      row: z.number().int().min(1).describe('Counts from 1.'),
      id: z.number().nullable(),
      reason: z.string(),
    }),
  ),
});
export type EmployeeImportReport = z.infer<typeof employeeImportReport>;

/** The form of first and last name under which an employee is searched for. */
export function employeeNameKey(firstName: string, lastName: string): string {
  return userNameKey(`${firstName} ${lastName}`);
}
