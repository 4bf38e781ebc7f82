import { Option, type Command } from 'commander';
import {
  showEmployeesImport,
  type EmployeesImportPlan,
  type EmployeesImportReport,
} from '../../features/imports/employees/employees-import-report.js';
import { IMPORT_FORMATS } from '../../features/imports/users/foreign-user.js';
import {
  showImport,
  type ImportPlan,
  type ImportReport,
} from '../../features/imports/users/import-report.js';
import { EXIT } from '../exit-codes.js';
import { withHiddenSettings, type Options } from '../setting-options.js';
import { callOperator, pathForServer, type OperatorTools } from './operator-tools.js';

const USERS_HELP = `
Without --apply nothing is changed: what would be is printed, and 1 is exited with where somebody cannot be imported.
USERS_SERVICE_PASSWORD is what a users service's file is encrypted with; without it, its default is tried.

Examples:
  gatherd import users users_encrypted.json
  gatherd import users user.db --format records --apply
  gatherd import users users.csv --apply --skip-conflicts --json
`;

const EMPLOYEES_HELP = `
Without --apply nothing is changed: what would be is printed, and 1 is exited with where an employee cannot be imported.
The first line of a CSV names its columns: id, first_name, last_name, ssn, date_of_birth, salary.

Examples:
  gatherd import employees employee.db
  gatherd import employees employee.db --apply
  gatherd import employees employees.csv --apply --skip-conflicts --json
`;

/** Adds the commands that take over what other systems have. */
export function addImportCommands(program: Command, tools: OperatorTools): void {
  const imports = program.command('import').description('take over what other systems have');
  addUsers(imports, tools);
  addEmployees(imports, tools);
}

function addUsers(imports: Command, tools: OperatorTools): void {
  const users = imports
    .command('users')
    .description('import the users of the users service, the first gatherer, the records server, or of a CSV')
    .addOption(
      new Option('--format <FORMAT>', 'told by the content where it is not given').choices(IMPORT_FORMATS),
    )
    .option('--keep-roles', 'keep roles; without, everybody becomes a user');
  withImportOptions(users, 'somebody')
    .addHelpText('after', USERS_HELP)
    .action(async (file: string, options: Options) => {
      const masterPassword = tools.env['USERS_SERVICE_PASSWORD'];
      const source = { path: pathForServer(file), format: options['format'], masterPassword };
      const args = { source, keepRoles: options['keepRoles'] === true, ...choicesIn(options) };
      const call = { command: 'users.import', args, canBegin: true };
      report(tools, options, await callOperator<ImportPlan | ImportReport>(tools, options, call), showImport);
    });
}

function addEmployees(imports: Command, tools: OperatorTools): void {
  const employees = imports
    .command('employees')
    .description('import the employees of the records server, or of a CSV');
  withImportOptions(employees, 'an employee')
    .addHelpText('after', EMPLOYEES_HELP)
    .action(async (file: string, options: Options) => {
      const args = { path: pathForServer(file), ...choicesIn(options) };
      const call = { command: 'employees.import', args, canBegin: true };
      const done = await callOperator<EmployeesImportPlan | EmployeesImportReport>(tools, options, call);
      report(tools, options, done, showEmployeesImport);
    });
}

function withImportOptions(command: Command, who: string): Command {
  return withHiddenSettings(command)
    .argument('<file>', 'their file')
    .option('--apply', 'do it')
    .option(
      '--skip-conflicts',
      `import the others where ${who} cannot be imported; without, it is all or nothing`,
    )
    .option('--json', 'as JSON');
}

function choicesIn(options: Options) {
  return { isApplied: options['apply'] === true, skipConflicts: options['skipConflicts'] === true };
}

function report<Plan extends ImportPlan | ImportReport | EmployeesImportPlan | EmployeesImportReport>(
  { around, exitWith }: OperatorTools,
  options: Options,
  plan: Plan,
  show: (plan: Plan) => string,
): void {
  around.print(options['json'] === true ? `${JSON.stringify(plan)}\n` : show(plan));
  if (plan.counts.conflicts > 0 && !('isApplied' in plan && plan.isApplied)) exitWith(EXIT.failed);
}
