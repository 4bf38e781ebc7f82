import { InvalidArgumentError, Option, type Command } from 'commander';
import type { AdminMade, KeysRotated } from '../../control/operator-commands.js';
import { IMPORT_FORMATS } from '../../features/imports/foreign-user.js';
import { showImport, type ImportPlan, type ImportReport } from '../../features/imports/import-report.js';
import type { RotationProgress } from '../../keys/rotate-keys.js';
import { EXIT } from '../exit-codes.js';
import { withHiddenSettings, type Options } from '../setting-options.js';
import { askNewPassword } from '../terminal/new-password.js';
import { callOperator, pathForServer, secretIn, type OperatorTools } from './operator-tools.js';

const ADMIN_HELP = `
Examples:
  gatherd admin create                                asks for the password of the administrator admin
  gatherd admin create dale --email dale@example.org
  gatherd admin create --password-file /run/secrets/admin
  pass show gatherd | gatherd admin create            takes the first line
`;

const IMPORT_HELP = `
Without --apply nothing is changed: what would be is printed, and 1 is exited with where somebody cannot be imported.
USERS_SERVICE_PASSWORD is what a users service's file is encrypted with; without it, its default is tried.

Examples:
  gatherd import users users_encrypted.json
  gatherd import users user.db --format records --apply
  gatherd import users users.csv --apply --skip-conflicts --json
`;

const KEY_HELP = `
The server goes on meanwhile. A rotation that is broken off is finished by the next one.

Examples:
  gatherd key rotate                                  seals all personal fields anew with a new data key
  gatherd key rotate --new-master-key                 and makes a new master.key in the data directory
  gatherd key rotate --new-master-key-file new.txt    and has GATHERD_MASTER_KEY be what is in new.txt from now on
`;

/** Adds the commands that change accounts and keys. */
export function addAccountCommands(program: Command, tools: OperatorTools): void {
  addAdmin(program, tools);
  addImport(program, tools);
  addKey(program, tools);
}

function addAdmin(program: Command, tools: OperatorTools): void {
  const { around } = tools;
  const admin = program.command('admin').description('administrators, also while the server runs');
  withHiddenSettings(admin.command('create'))
    .description('make an administrator')
    .argument('[name]', 'its user name', 'admin')
    .option(
      '--password-file <FILE>',
      'its password; without it you are asked, or the first line of a pipe is taken',
    )
    .option('--email <ADDRESS>', 'its e-mail address')
    .addHelpText('after', ADMIN_HELP)
    .action(async (username: string, options: Options) => {
      const { passwordFile: file, email } = options;
      const password =
        typeof file === 'string'
          ? secretIn(file, '--password-file')
          : await askNewPassword(
              { input: around.in, output: around.err, isTerminal: around.isInTerminal },
              username,
            );
      const args = { username, password, ...(email === undefined ? {} : { email }) };
      const made = await callOperator<AdminMade>(tools, options, {
        command: 'admin.create',
        args,
        canBegin: true,
      });
      around.print(`${made.username} is an administrator now.\n`);
    });
}

function addImport(program: Command, tools: OperatorTools): void {
  const { around, env } = tools;
  const imports = program.command('import').description('take over what other systems have');
  withHiddenSettings(imports.command('users'))
    .description('import the users of the users service, the first gatherer, the records server, or of a CSV')
    .argument('<file>', 'their file')
    .option('--apply', 'do it')
    .addOption(
      new Option('--format <FORMAT>', 'told by the content where it is not given').choices(IMPORT_FORMATS),
    )
    .option('--keep-roles', 'keep roles and permissions; without, everybody becomes a user')
    .option(
      '--skip-conflicts',
      'import the others where somebody cannot be imported; without, it is all or nothing',
    )
    .option('--json', 'as JSON')
    .addHelpText('after', IMPORT_HELP)
    .action(async (file: string, options: Options) => {
      const { format } = options;
      const masterPassword = env['USERS_SERVICE_PASSWORD'];
      const source = { path: pathForServer(file), format, masterPassword };
      const isApplied = options['apply'] === true;
      const [keepRoles, skipConflicts] = [options['keepRoles'] === true, options['skipConflicts'] === true];
      const args = { source, isApplied, keepRoles, skipConflicts };
      const call = { command: 'users.import', args, canBegin: true };
      const report = await callOperator<ImportPlan | ImportReport>(tools, options, call);
      around.print(options['json'] === true ? `${JSON.stringify(report)}\n` : showImport(report));
      if (report.counts.conflicts > 0 && !('isApplied' in report && report.isApplied))
        tools.exitWith(EXIT.failed);
    });
}

function addKey(program: Command, tools: OperatorTools): void {
  const key = program.command('key').description('the keys that personal fields are encrypted with');
  withHiddenSettings(key.command('rotate'))
    .description('seal everything anew with a new data key, also while the server runs')
    .option('--new-master-key', 'put the data keys under a new master.key in the data directory')
    .addOption(
      new Option(
        '--new-master-key-file <FILE>',
        'put them under what is in a file, as GATHERD_MASTER_KEY will be',
      )
        .argParser(nonEmpty)
        .conflicts('newMasterKey'),
    )
    .addHelpText('after', KEY_HELP)
    .action(async (options: Options) => {
      const rotated = await callOperator<KeysRotated>(tools, options, {
        command: 'key.rotate',
        args: { ...newMasterKey(options) },
        canBegin: false,
        showProgress: (progress) => {
          const { table, rows } = progress as RotationProgress;
          return `${table}: ${String(rows)} rows`;
        },
      });
      tools.around.print(showRotation(rotated));
    });
}

function newMasterKey({ newMasterKey: isInFile, newMasterKeyFile: file }: Options) {
  if (isInFile === true) return { newMasterKey: 'file' };
  if (typeof file !== 'string') return undefined;
  return { newMasterKey: { setting: secretIn(file, '--new-master-key-file') } };
}

function showRotation({ keyId, rows, newMasterKey }: KeysRotated): string {
  const sealed = `${String(rows)} rows were sealed anew with the data key ${keyId}.\n`;
  if (newMasterKey === 'setting')
    return `${sealed}The data keys are under the new master key: GATHERD_MASTER_KEY has to be it at the next start.\n`;
  if (newMasterKey === 'file')
    return `${sealed}The data keys are under a new master.key: unset GATHERD_MASTER_KEY if it was set, and make a backup.\n`;
  return sealed;
}

function nonEmpty(value: string): string {
  if (value !== '') return value;
  throw new InvalidArgumentError('It is empty.');
}
