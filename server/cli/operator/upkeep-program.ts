import type { Command } from 'commander';
import type { BackupReport } from '../../features/backup/backup-service.js';
import { restoreBackup, type RestoreReport } from '../../features/backup/restore-backup.js';
import { examine, showFindings } from '../doctor/doctor-command.js';
import { EXIT } from '../exit-codes.js';
import { withHiddenSettings, withSettings, type Options } from '../setting-options.js';
import { callOperator, pathForServer, type OperatorTools } from './operator-tools.js';

const BACKUP_HELP = `
A backup has the database as it is at one moment, the keys, and what the dump keeps beside itself. The dump itself is a file
that any tool copies. Who has a backup with its keys can read everything in it: keep it like a password.

Examples:
  gatherd backup /backup/2026-11-21
  gatherd backup /backup/2026-11-21 --without-keys    the keys are kept elsewhere
  gatherd restore /backup/2026-11-21 --data-dir /var/lib/gatherd
`;

const DOCTOR_HELP = `
Each line is ok, a warning, or a problem with what to do. Exits with 1 where there are problems.

Examples:
  gatherd doctor
  gatherd doctor --json | jq '.[] | select(.level != "ok")'
`;

/** Adds the commands that keep a gatherd in order. */
export function addUpkeepCommands(program: Command, tools: OperatorTools): void {
  const { around, load } = tools;
  withHiddenSettings(program.command('backup'))
    .description('copy database and keys, also while the server runs')
    .argument('<directory>', 'where to; it must be empty, or not be there')
    .option('--without-keys', 'leave the keys out')
    .addHelpText('after', BACKUP_HELP)
    .action(async (directory: string, options: Options) => {
      const args = { target: pathForServer(directory), withKeys: options['withoutKeys'] !== true };
      const call = { command: 'backup', args, canBegin: false };
      around.print(showBackup(await callOperator<BackupReport>(tools, options, call)));
    });

  withHiddenSettings(program.command('restore'))
    .description('put a backup into a data directory that has no database and no server')
    .argument('<directory>', 'where the backup is')
    .addHelpText('after', BACKUP_HELP)
    .action(async (directory: string, options: Options) => {
      around.print(showRestore(await restoreBackup(directory, load(options).settings.dataDir)));
    });

  withSettings(program.command('doctor'))
    .description('look for what is wrong or unsafe, also while the server runs; changes nothing')
    .option('--json', 'as JSON')
    .addHelpText('after', DOCTOR_HELP)
    .action(async (options: Options) => {
      const findings = await examine(() => load(options), around.clock());
      around.print(options['json'] === true ? `${JSON.stringify(findings)}\n` : showFindings(findings));
      if (findings.some(({ level }) => level === 'problem')) tools.exitWith(EXIT.failed);
    });
}

function showBackup({ path, files, lacks }: BackupReport): string {
  const lines = files.map(({ name }) => `  ${name}\n`);
  return `${path} has a backup of:\n${lines.join('')}${showLacks('A restore needs besides', lacks)}`;
}

function showRestore({ dataDir, madeAt, restored, kept, lacks }: RestoreReport): string {
  const lines = [...restored.map((name) => `  ${name}\n`), ...kept.map((name) => `  ${name} (was there)\n`)];
  return `${dataDir} has the backup of ${madeAt}:\n${lines.join('')}${showLacks('A start needs besides', lacks)}`;
}

function showLacks(title: string, lacks: readonly string[]): string {
  return lacks.length === 0 ? '' : `${title}:\n${lacks.map((what) => `  ${what}\n`).join('')}`;
}
