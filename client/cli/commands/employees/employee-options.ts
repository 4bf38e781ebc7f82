import type { Command } from 'commander';
import { readField } from '../../../formats/employee-value.js';
import { usageError } from '../../cli-error.js';
import { type CommandContext, warningsOf } from '../../command-context.js';
import {
  CHANGEABLE_FIELDS,
  EMPLOYEE_FIELDS,
  type EmployeeField,
  type EmployeeValues,
} from '../../employees/employee-fields.js';
import { readSecretOption } from '../../settings/secrets.js';

/** The options of {@link addEmployeeOptions}, as they were given. */
export interface EmployeeFlags {
  readonly id?: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly ssnFile?: string;
  readonly dateOfBirth?: string;
  readonly salary?: string;
}

/** Adds an option for each field that can be changed. None has an SSN, which a shell would remember. */
export function addEmployeeOptions(command: Command): Command {
  return command
    .option('--first-name <name>', 'the first name')
    .option('--last-name <name>', 'the last name')
    .option('--ssn-file <path>', 'a file that holds the SSN, nine digits; - for standard input')
    .option('--date-of-birth <date>', 'the date of birth, mm-dd-yyyy')
    .option('--salary <number>', 'the salary, a whole number');
}

/** The values that the options give. Rejects with exit code 2 where one is none. */
export async function employeeValuesOf(
  context: CommandContext,
  flags: EmployeeFlags,
): Promise<EmployeeValues> {
  const texts: Readonly<Record<string, string | undefined>> = {
    id: flags.id,
    first_name: flags.firstName,
    last_name: flags.lastName,
    ssn: await ssnIn(context, flags),
    date_of_birth: flags.dateOfBirth,
    salary: flags.salary,
  };
  const values: Record<string, string | number> = {};
  for (const field of EMPLOYEE_FIELDS) {
    const text = texts[field.name];
    if (text !== undefined) values[field.name] = valueIn(field, text);
  }
  return values;
}

/** Refuses a new employee of whom something is missing that nobody can be asked for. Throws exit code 2. */
export function refuseIncomplete(values: EmployeeValues): void {
  const missing = EMPLOYEE_FIELDS.filter(({ name }) => values[name] === undefined);
  if (missing.length > 0) throw usageError(`Nobody can be asked here: give ${optionsOf(missing)}`);
}

/** Refuses a change of nothing where nobody can be asked for more. Throws exit code 2. */
export function refuseNoChange(values: EmployeeValues): void {
  if (Object.keys(values).length > 0) return;
  throw usageError(`Nobody can be asked here: give at least one of ${optionsOf(CHANGEABLE_FIELDS)}`);
}

function optionsOf(fields: readonly EmployeeField[]): string {
  return fields.map(({ option }) => option).join(', ');
}

async function ssnIn(context: CommandContext, { ssnFile }: EmployeeFlags): Promise<string | undefined> {
  if (ssnFile === undefined) return undefined;
  if (ssnFile === '-' && context.io.stdin.isTTY === true) {
    throw usageError('--ssn-file: leave it out to be asked for the SSN; - is for what is no terminal');
  }
  if (ssnFile === '-' && context.flags.passwordFile === '-') {
    throw usageError('Only one of --ssn-file and --password-file can be standard input');
  }
  const text = await readSecretOption(
    context.io,
    { path: ssnFile, source: '--ssn-file', what: 'SSN' },
    warningsOf(context),
  );
  return text.trim();
}

function valueIn(field: EmployeeField, text: string): string | number {
  const reading = readField(field, text);
  if ('value' in reading) return reading.value;
  throw usageError(`${field.option}: the ${field.label} ${reading.reason}`);
}
