import {
  employeeChanges,
  employeeCreation,
  isCalendarDate,
  type EmployeeChanges,
  type EmployeeCreation,
} from '../../../protocol/employees.js';
import { AppError } from '../../errors/app-error.js';

/** What arguments say, or the reply to those that say nothing. */
export type Arguments<Value> = { readonly value: Value } | { readonly reply: string };

/** Of which employee something is to be changed, and what. */
export interface EmployeeUpdate {
  readonly id: number;
  readonly changes: EmployeeChanges;
}

const ID_RULE = 'ID must be an integer';
const INTEGERS_RULE = 'ID, SSN, and salary must be integers';
const DATE_RULE = 'Date of birth must be in the format mm-dd-yyyy';
const COUNT_RULE = 'Invalid number of arguments';
const SSN_DIGITS = 9;
// White space around a number is nothing, as it is to Python's `int`.
const NATURAL = /^\s*\+?(\d+)\s*$/;

/** The number of an employee. */
export function readId(args: string): Arguments<number> {
  const id = naturalIn(args);
  return id === undefined || id === 0 ? { reply: ID_RULE } : { value: id };
}

/** An employee that is to be added. @throws AppError `request.invalid_field` for a name that can be none */
export function readEmployee(args: string): Arguments<EmployeeCreation> {
  const read = readFields(args, (field) => field);
  return 'reply' in read ? read : { value: checked(employeeCreation.safeParse(read.value)) };
}

/** What of an employee is to be changed: an empty field is not. @throws AppError as {@link readEmployee} does */
export function readUpdate(args: string): Arguments<EmployeeUpdate> {
  const read = readFields(args, (field) => (field.trim() === '' ? undefined : field));
  if ('reply' in read) return read;
  const { id, ...fields } = read.value;
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return { value: { id, changes: checked(employeeChanges.safeParse(Object.fromEntries(given))) } };
}

interface Fields {
  readonly id: number;
  readonly first_name: string | undefined;
  readonly last_name: string | undefined;
  readonly ssn: string | undefined;
  readonly date_of_birth: string | undefined;
  readonly salary: number | undefined;
}

/** @param given - what is taken of a field; undefined, it is left out */
function readFields(args: string, given: (field: string) => string | undefined): Arguments<Fields> {
  const texts = args.split(',');
  if (!isSix(texts)) return { reply: COUNT_RULE };
  const [idText, firstName, lastName, ssnText, dateText, salaryText] = texts;
  const id = readId(idText);
  const ssn = optional(given(ssnText), ssnIn);
  const salary = optional(given(salaryText), naturalIn);
  if ('reply' in id || ssn === WRONG || salary === WRONG) return { reply: INTEGERS_RULE };
  const date = given(dateText);
  if (date !== undefined && !isCalendarDate(date)) return { reply: DATE_RULE };
  const names = { first_name: given(firstName), last_name: given(lastName) };
  return { value: { id: id.value, ...names, ssn, date_of_birth: date, salary } };
}

function isSix(texts: readonly string[]): texts is readonly [string, string, string, string, string, string] {
  return texts.length === 6;
}

const WRONG = Symbol('wrong');

/** What a text says that may be left out. */
function optional<Value>(
  text: string | undefined,
  read: (text: string) => Value | undefined,
): Value | undefined | typeof WRONG {
  if (text === undefined) return undefined;
  return read(text) ?? WRONG;
}

/** A whole number from 0; undefined where it is none, or more than can be counted to. */
function naturalIn(text: string): number | undefined {
  const number = Number(NATURAL.exec(text)?.[1]);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** A social security number, with the zeros that an integer does not show; undefined where it has too many digits. */
function ssnIn(text: string): string | undefined {
  const digits = NATURAL.exec(text)?.[1];
  return digits === undefined || digits.length > SSN_DIGITS ? undefined : digits.padStart(SSN_DIGITS, '0');
}

function checked<Value>(
  result:
    { readonly success: true; readonly data: Value } | { readonly success: false; readonly error: Problems },
): Value {
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const details = { field: String(issue?.path[0]), reason: issue?.message ?? '' };
  throw new AppError('request.invalid_field', { details });
}

interface Problems {
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
}
