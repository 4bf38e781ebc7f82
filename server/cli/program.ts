import { Command, InvalidArgumentError } from 'commander';
import type { LoadedSettings } from '../config/load-settings.js';
import { addCertCommands } from './cert/cert-program.js';
import { settingsAsJson, showSettings } from './config-command.js';
import { EXIT } from './exit-codes.js';
import { addImportCommands } from './operator/import-program.js';
import { addAccountCommands } from './operator/operator-program.js';
import { addUpkeepCommands } from './operator/upkeep-program.js';
import { query, queryOptions } from './query-command.js';
import { serve } from './serve-command.js';
import { settingsHelp, settingsOf, withSettings, type Environment, type Options } from './setting-options.js';
import type { Surroundings } from './surroundings.js';
import { showVerification, verify, verifyAll } from './verify-command.js';

const EXAMPLES = `
A flag wins over the environment, that over the file of --config, that over the default. A secret has no flag of its
own, since other users see command lines: it is read from GATHERD_…, or from the file that GATHERD_…_FILE names.

Examples:
  gatherd                                     serve on 127.0.0.1:6174 with the data in ./data
  gatherd 7000 --data-dir /var/lib/gatherd    serve on another port, with the data elsewhere
  gatherd --dump-format csv                   write a dump for spreadsheets
  gatherd config                              show the settings and where each came from
  gatherd query --user dale --limit 10        print stored messages
  gatherd verify                              check the dump: order, gaps, whole records
  gatherd admin create                        make an administrator
  gatherd import users users.csv              show what an import would do
  gatherd import employees employee.db        the same of employee records
  gatherd key rotate                          encrypt personal fields with a new key
  gatherd cert init --name host.example.org   make an authority and a server certificate for TLS
  gatherd backup /backup/today                copy database and keys
  gatherd doctor                              look for what is wrong or unsafe
  gatherd serve --help                        show the settings alone

Exit codes: 0 done, 1 error, or problems found, 2 usage, 77 not permitted, 78 bad configuration.
`;

/**
 * Makes the command line of gatherd.
 *
 * @returns the program, and the exit code that its last command has left
 */
export function createProgram(env: Environment, around: Surroundings) {
  let exitCode: number = EXIT.done;
  const program = new Command('gatherd')
    .description('Gathers messages from every machine you own into one durable dump file.')
    .version(around.version)
    .showHelpAfterError('(gatherd --help shows how)')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', () => `\nSettings, for every command:\n${settingsHelp()}${EXAMPLES}`)
    .exitOverride();

  const load = (options: Options, port?: string) => settingsOf(options, env, port);

  const exitWith = (code: number) => {
    exitCode = code;
  };
  addServe(program, load, around);
  addDumpCommands(program, load, around, exitWith);
  addAccountCommands(program, { around, load, env, exitWith });
  addCertCommands(program, { around, load, env, exitWith });
  addImportCommands(program, { around, load, env, exitWith });
  addUpkeepCommands(program, { around, load, env, exitWith });
  return { program, exitCode: () => exitCode };
}

type Load = (options: Options, port?: string) => LoadedSettings;

function addServe(program: Command, load: Load, around: Surroundings): void {
  withSettings(program.command('serve', { isDefault: true }))
    .description('serve until SIGTERM or Ctrl+C (this is what gatherd does without a command)')
    .argument('[port]', 'the same as --port', portOf)
    .action(async (port: string | undefined, options: Options) => {
      await serve(load(options, port), around);
    });

  withSettings(program.command('config'))
    .description('print the effective settings, with where each came from')
    .option('--json', 'as JSON')
    .action((options: Options) => {
      const loaded = load(options);
      around.print(options['json'] === true ? settingsAsJson(loaded) : showSettings(loaded));
    });
}

function addDumpCommands(
  program: Command,
  load: Load,
  around: Surroundings,
  exitWith: (code: number) => void,
): void {
  const queryCommand = withSettings(program.command('query'))
    .description('print stored messages of all users, also while a server writes the dump')
    .action(async (options: Options) => {
      const { out, isOutTerminal: isTerminal, signal } = around;
      await query(dumpOf(load(options)), options, { out, isTerminal, signal });
    });
  for (const option of queryOptions()) queryCommand.addOption(option);

  withSettings(program.command('verify'))
    .description('check a dump, also while a server writes it; exits with 1 where it is not clean')
    .argument('[file]', 'one file of a dump; without it, the whole dump of the data directory')
    .option('--json', 'as JSON')
    .action(async (file: string | undefined, options: Options) => {
      const found = file === undefined ? await verifyAll(dumpOf(load(options))) : await verify(file);
      around.print(options['json'] === true ? `${JSON.stringify(found)}\n` : showVerification(found));
      if (found.problemCount > 0) exitWith(EXIT.failed);
    });
}

// A command that is mistyped arrives here too, and is no bad configuration.
function portOf(text: string): string {
  if (/^\d+$/.test(text)) return text;
  throw new InvalidArgumentError('It is neither a command nor a port.');
}

function dumpOf({ settings }: LoadedSettings): string {
  return `${settings.dataDir}/${settings.dumpFormat === 'csv' ? 'dump.csv' : 'dump.ndjson'}`;
}
