import type { Command } from 'commander';
import { parseHostAndPort } from '../../api/server-address.js';
import { CliError, usageError } from '../cli-error.js';
import { type CommandContext, readTls } from '../command-context.js';
import { addCommonOptions, type RunCommand } from '../commands/common-options.js';
import type { CommandResult } from '../output/output.js';
import { LinePrompt } from '../terminal/line-prompt.js';
import { askCredentials, type CredentialsAddress, DEFAULT_CREDENTIALS_PORT } from './credentials-client.js';
import { runCredentialsMenu } from './credentials-menu.js';

/** Adds `gather credentials`. */
export function addCredentialsCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('credentials')
    .summary('start the menu of the credentials service')
    .description(
      'Starts the menu of the credentials service at HOST:PORT: login, add, update, delete. Each choice is one request over ' +
        'a connection of its own; passwords are not shown. It speaks TLS where an option or a variable about TLS is given, unless ' +
        'with --no-tls. It needs no session and remembers nothing.',
    )
    .argument('<host:port>', 'where the service listens')
    .option('--no-tls', 'speak no TLS, whatever GATHER_CA, GATHER_CERT, GATHER_KEY and GATHER_PIN say');
  addCommonOptions(command, {
    examples: ['gather credentials 127.0.0.1:12345', 'gather credentials HOST:12345 --ca ca.crt'],
  });
  command.action((address: string, { tls }: { readonly tls: boolean }) =>
    run(command, (context) => credentials(context, address, tls), { isOffline: true }),
  );
}

async function credentials(
  context: CommandContext,
  text: string,
  isTlsAllowed: boolean,
): Promise<CommandResult> {
  const { io, output, settings } = context;
  if (output.isJson) throw usageError('The menu is for people: leave out --json');
  if (!isTlsAllowed) settings.tls.assertNoFlag('there is no TLS with --no-tls');
  const tls = isTlsAllowed ? await readTls(context, settings.tls.chosen()) : undefined;
  const address = { ...addressOf(text), tls };
  const stop = io.stopSignal();
  using prompt = new LinePrompt({ input: io.stdin, output: io.stdout, onInterrupt: io.interrupt });
  const close = (): void => {
    prompt[Symbol.dispose]();
  };
  stop.addEventListener('abort', close, { once: true });
  await runCredentialsMenu({
    prompt,
    say: (line) => io.stdout.write(`${line}\n`),
    request: (lines) => askCredentials(address, lines, settings.timeoutMs),
  });
  if (!stop.aborted) return { text: '', fields: undefined };
  throw new CliError(stop.reason === 'SIGTERM' ? 'terminated' : 'interrupted', 'interrupted', 'Interrupted');
}

function addressOf(text: string): CredentialsAddress {
  const found = parseHostAndPort(text);
  if (found !== undefined) return { host: found.host, port: found.port ?? DEFAULT_CREDENTIALS_PORT };
  throw usageError(`${JSON.stringify(text)} is no address. Examples: localhost:12345, [::1]:12345`);
}
