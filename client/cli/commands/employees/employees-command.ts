import type { Command } from 'commander';
import { addGroup, addPart, addYesOption, finish, type YesFlag } from '../accounts/command-group.js';
import type { RunCommand } from '../common-options.js';
import { addEmployee, deleteEmployee, updateEmployee, type UpdateFlags } from './change-employees.js';
import { addEmployeeOptions, type EmployeeFlags } from './employee-options.js';
import { employeesMenu } from './employees-menu-command.js';
import { exportEmployees, type ExportFlags } from './export-employees.js';
import { importEmployees, type ImportFlags } from './import-employees.js';
import { DEFAULT_LIMIT, listEmployees, type ListFlags, showEmployee } from './list-employees.js';

/** Adds `gather employees` with all that may be done to employee records. */
export function addEmployeesCommand(program: Command, run: RunCommand): void {
  const group = addGroup(program, {
    usage: 'employees',
    summary: 'read and change employee records',
    description:
      'Works on employee records. Reading, adding, updating and deleting are permissions of their own (employees:get, ' +
      'employees:add, employees:update, employees:delete), and each is in the audit log. Without a command: a menu.',
  });
  addMenu(group, run);
  addReading(group, run);
  addAdding(group, run);
  addUpdating(group, run);
  addDeleting(group, run);
  addFiles(group, run);
}

function addMenu(group: Command, run: RunCommand): void {
  const menu = addPart(
    group,
    {
      usage: 'menu',
      summary: 'start the menu',
      description:
        'Starts the menu of the original client: q logs out, 1 requests a record, 2 adds, 3 updates, 4 deletes. On a terminal it ' +
        'goes on with the session that is remembered, which q ends, as "gather logout" does; the end of the input leaves it. Else ' +
        'it logs in with --cert and --key where the server is content with them, or asks for user name and password; its session ' +
        'ends with it.',
    },
    { isDefault: true },
  );
  finish(menu, ['gather employees', 'gather employees --user dale']);
  menu.action(() => run(menu, employeesMenu));
}

function addReading(group: Command, run: RunCommand): void {
  const list = addPart(group, {
    usage: 'list',
    summary: 'show employees, masked',
    description:
      'Shows employees by number: of the SSN its last four digits, and neither date of birth nor salary. Needs employees:get.',
  })
    .option('--search <text>', 'a number, or a part of first and last name')
    .option('-n, --limit <count>', `the most employees to show (default: ${String(DEFAULT_LIMIT)})`)
    .option('--all', 'show all of them');
  finish(list, ["gather employees list --search 'dale c'", 'gather employees list --all --json']);
  list.action((flags: ListFlags) => run(list, (context) => listEmployees(context, flags)));
  const get = addPart(group, {
    usage: 'get <id>',
    summary: 'show everything about one',
    description: 'Shows everything about one employee. Needs employees:get.',
  });
  finish(get, ['gather employees get 7', 'gather employees get 7 --json | jq -r .employee.salary']);
  get.action((id: string) => run(get, (context) => showEmployee(context, id)));
}

const ASKED = 'On a terminal, what is not given is asked for, the SSN unseen, and the whole is confirmed.';
const UNCONFIRMED = 'on a terminal, do not have the whole confirmed';

function addAdding(group: Command, run: RunCommand): void {
  const add = addPart(group, {
    usage: 'add',
    summary: 'add one',
    description: `Adds an employee. ${ASKED} Needs employees:add.`,
  }).option('--id <number>', 'its number, from 1');
  finish(addYesOption(addEmployeeOptions(add), UNCONFIRMED), [
    'gather employees add',
    'gather employees add --id 7 --first-name Dale --last-name Cooper --date-of-birth 04-19-1954 --salary 100000 --ssn-file - < ssn',
  ]);
  add.action((flags: EmployeeFlags & YesFlag) => run(add, (context) => addEmployee(context, flags)));
}

function addUpdating(group: Command, run: RunCommand): void {
  const update = addPart(group, {
    usage: 'update <id>',
    summary: 'change one',
    description:
      'Changes what is given of an employee, and leaves the rest; what somebody else has changed since it was read is not ' +
      `overwritten. ${ASKED} Needs employees:update, and employees:get or --overwrite.`,
  }).option('--overwrite', 'do not read it first; overwrite whatever there is');
  finish(addYesOption(addEmployeeOptions(update), UNCONFIRMED), [
    'gather employees update 7',
    'gather employees update 7 --salary 110000 --yes',
  ]);
  update.action((id: string, flags: UpdateFlags) =>
    run(update, (context) => updateEmployee(context, id, flags)),
  );
}

function addDeleting(group: Command, run: RunCommand): void {
  const remove = addPart(group, {
    usage: 'delete <id>',
    summary: 'delete one for ever',
    description: 'Deletes an employee, after showing whose record it is and asking. Needs employees:delete.',
  });
  finish(addYesOption(remove), ['gather employees delete 7', 'gather employees delete 7 --yes']);
  remove.action((id: string, flags: YesFlag) => run(remove, (context) => deleteEmployee(context, id, flags)));
}

function addFiles(group: Command, run: RunCommand): void {
  const dump = addPart(group, {
    usage: 'export',
    summary: 'write all to a CSV, unmasked',
    description:
      'Writes everything about all employees as CSV to standard output, or to a file that only you can read and that appears ' +
      'under its name when it is complete. Each is read, and is in the audit log, by itself. What a spreadsheet could take ' +
      'for a formula stands as its JSON literal. Needs employees:get.',
  }).option('-o, --output <file>', 'where to write; standard output without it');
  finish(dump, ['gather employees export --output employees.csv']);
  dump.action((flags: ExportFlags) => run(dump, (context) => exportEmployees(context, flags)));
  const load = addPart(group, {
    usage: 'import <file>',
    summary: 'add all of a CSV',
    description:
      'Adds the employees of a CSV, all or nothing. Without --apply the server only says what it would do. The first line names the ' +
      'columns: id, first_name, last_name, ssn, date_of_birth, salary, or as the original has them: id, fname, lname, ssn, ' +
      'dob, salary. Exit code 1 where conflicts keep it from being imported. Needs employees:add.',
  })
    .option('--apply', 'import; without it nothing is changed')
    .option('--skip-conflicts', 'leave out the rows that cannot be imported');
  finish(load, ['gather employees import employees.csv', 'gather employees import employees.csv --apply']);
  load.action((file: string, flags: ImportFlags) =>
    run(load, (context) => importEmployees(context, file, flags)),
  );
}
