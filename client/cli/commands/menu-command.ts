import type { Command } from 'commander';
import type { GatherApi } from '../../api/gather-api.js';
import type { ServerTls } from '../../api/tls/server-tls.js';
import { CliError, usageError } from '../cli-error.js';
import { type CommandContext, openApi, rememberDefaults, tlsFor } from '../command-context.js';
import type { CommandResult } from '../output/output.js';
import { Menu } from '../menu/menu.js';
import { MenuTokens } from '../menu/menu-tokens.js';
import { LinePrompt } from '../terminal/line-prompt.js';
import type { RunCommand } from './common-options.js';

// Somebody sits there, who can choose again.
const MENU_RETRY_FOR_MS = 2_000;

/** Makes `gather SERVER:PORT`, which is what the program does without a command, the original's menu. */
export function addMenu(program: Command, run: RunCommand): void {
  program.argument('[server:port]', 'start the menu with this server');
  program.action((address: string | undefined) =>
    run(program, (context) => menu(context, address), { isOffline: true }),
  );
}

async function menu(context: CommandContext, address: string | undefined): Promise<CommandResult> {
  const server = menuServer(context, address);
  const { io, store, output, flags, settings } = context;
  const tls = await tlsFor(context, server);
  const stop = io.stopSignal();
  using prompt = new LinePrompt({ input: io.stdin, output: io.stdout, onInterrupt: io.interrupt });
  const close = (): void => {
    prompt[Symbol.dispose]();
  };
  stop.addEventListener('abort', close, { once: true });
  const warn = (error: unknown): void => {
    output.warn(error instanceof Error ? error.message : String(error));
  };
  const open = (one: string, known: ServerTls | undefined): GatherApi =>
    openApi(context, { server: one, tls: known, retryForMs: menuRetryMs(context), stop });
  using loop = new Menu({
    server,
    // Scripts for the original answer the question: a remembered user must not make it go away.
    user: flags.user,
    prompt,
    say: (text) => io.stdout.write(`${text}\n`),
    tokens: new MenuTokens(store, warn),
    api: open(server, tls),
    addressOf: (text) => settings.tls.urlOf(text),
    openApi: async (one) => open(one, await tlsFor(context, one)),
    rememberDefaults: (owner) => rememberDefaults(context, owner).catch(warn),
  });
  await loop.run();
  if (!stop.aborted) return { text: '', fields: {} };
  throw new CliError(stop.reason === 'SIGTERM' ? 'terminated' : 'interrupted', 'interrupted', 'Interrupted');
}

function menuServer({ output, flags, settings }: CommandContext, address: string | undefined): string {
  if (address === undefined)
    throw usageError('Give a command, or SERVER:PORT for the menu. See gather --help');
  // A single word is more likely a command that was mistyped than a host.
  const isAddress = /[:.]/.test(address) || address === 'localhost';
  const server = isAddress ? settings.tls.urlOf(address) : undefined;
  if (server === undefined) {
    throw usageError(`${JSON.stringify(address)} is neither a command nor SERVER:PORT. See gather --help`);
  }
  if (output.isJson) throw usageError('The menu is for people: --json goes with a command');
  if (flags.server !== undefined) throw usageError('Give the server once');
  if (flags.passwordFile !== undefined)
    throw usageError('The menu asks for the password: leave out --password-file');
  return server;
}

/** How long a menu tries again, where nobody has said it: somebody sits there. */
export function menuRetryMs({ flags, io, settings }: CommandContext): number {
  const isGiven = flags.retryFor !== undefined || (io.env['GATHER_RETRY_FOR'] ?? '') !== '';
  return isGiven ? settings.retryForMs : MENU_RETRY_FOR_MS;
}
