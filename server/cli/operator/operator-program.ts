import { InvalidArgumentError, Option, type Command } from 'commander';
import type { AdminMade, KeysRotated } from '../../control/operator-commands.js';
import type { RotationProgress } from '../../keys/rotate-keys.js';
import { withHiddenSettings, type Options } from '../setting-options.js';
import { askNewPassword } from '../terminal/new-password.js';
import { callOperator, secretIn, type OperatorTools } from './operator-tools.js';

const ADMIN_HELP = `
Examples:
  gatherd admin create                                asks for the password of the administrator admin
  gatherd admin create dale --email dale@example.org
  gatherd admin create --password-file /run/secrets/admin
  pass show gatherd | gatherd admin create            takes the first line
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

function showRotation({ keyId, rows, damaged, kept, newMasterKey }: KeysRotated): string {
  const left =
    damaged === 0 && kept.length === 0
      ? ''
      : `${String(damaged)} of them have damaged fields, which were left as they were; kept for them: ${kept.join(', ') || 'no key'}.\n`;
  const sealed = `${String(rows)} rows were sealed anew with the data key ${keyId}.\n${left}`;
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
