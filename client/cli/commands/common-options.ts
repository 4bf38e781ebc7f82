import type { Command } from 'commander';
import type { CommandContext, ContextOptions } from '../command-context.js';
import type { CommandResult } from '../output/output.js';
import { DEFAULT_RETRY_FOR_SECONDS, DEFAULT_TIMEOUT_SECONDS } from '../settings/settings.js';

/** Runs what a command does, with its settings, and says how it came out. */
export type RunCommand = (
  command: Command,
  action: (context: CommandContext) => Promise<CommandResult>,
  more?: ContextOptions,
) => Promise<void>;

/** Adds the options that every command takes, and examples to its help. */
export function addCommonOptions(command: Command, { examples }: { examples: readonly string[] }): void {
  command
    .option('-s, --server <address>', 'HOST:PORT, HOST, [::1]:PORT, http://... or https://...')
    .option('-u, --user <name>', 'who sends')
    .option('--ca <file>', "who may have issued the server's certificate (PEM)")
    .option('--cert <file>', "this client's own certificate (PEM), with --key")
    .option('--key <file>', 'the key of --cert (PEM)')
    .option('--pin <fingerprints>', "the SHA-256 of the server's certificate, instead of --ca or besides")
    .option('--insecure', 'take any certificate of the server: whoever is on the way can read it all')
    .option('--password-file <path>', 'a file that holds the password; - for standard input')
    .option(
      '--retry-for <seconds>',
      `how long to try again where the server took nothing (default: ${String(DEFAULT_RETRY_FOR_SECONDS)})`,
    )
    .option(
      '--timeout <seconds>',
      `how long to wait for an answer (default: ${String(DEFAULT_TIMEOUT_SECONDS)})`,
    )
    .option('--json', 'print one JSON object, for a result and an error alike')
    .option('-q, --quiet', 'print nothing but errors')
    .addHelpText('after', `\nExamples:\n${examples.map((example) => `  $ ${example}`).join('\n')}`);
  if (command.parent !== null) {
    command.addHelpText('after', '\nEnvironment variables, files, JSON and exit codes: gather --help');
  }
}
