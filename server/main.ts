import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';
import { CommanderError } from 'commander';
import { CLIENT, CONSOLE, SEAL_WORKER } from './built-files.js';
import { CliError } from './cli/cli-error.js';
import { EXIT, exitCodeOf, exitCodeOfSystem } from './cli/exit-codes.js';
import { createProgram } from './cli/program.js';
import { AppError } from './errors/app-error.js';

// What is made here is its owner's only; Windows takes no notice.
process.umask(0o077);

const stop = new AbortController();

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // The second one means: at once.
    if (stop.signal.aborted) process.exit(EXIT.failed);
    stop.abort();
  });
}
for (const stream of [process.stdout, process.stderr]) {
  // Whoever read the output has gone, `gatherd ... | head` for example: what is left to do is done all the same.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
const hangUps = new Set<() => void>();

if (process.platform !== 'win32') {
  // The dump is looked up anew whenever its lock is taken, so there is nothing of it to reopen.
  process.on('SIGHUP', () => {
    for (const listener of hangUps) listener();
  });
  // A limit on the size of files then is an error of the write, as a full disk is.
  process.on('SIGXFSZ', () => undefined);
}

const { program, exitCode } = createProgram(process.env, {
  version: packageVersion(),
  clock: () => new Date(),
  clientPath: CLIENT,
  consolePath: CONSOLE,
  sealWorkerPath: SEAL_WORKER,
  signal: stop.signal,
  onHangUp: (listener) => hangUps.add(listener),
  out: process.stdout,
  isOutTerminal: process.stdout.isTTY,
  print: (text) => process.stdout.write(text),
  err: process.stderr,
  isErrorTerminal: process.stderr.isTTY,
  // Looked at only where a command reads it.
  get in() {
    return process.stdin;
  },
  isInTerminal: isatty(0),
});

try {
  await program.parseAsync();
  process.exitCode = exitCode();
} catch (error) {
  process.exitCode = report(error);
}

function packageVersion(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof AppError) {
    process.stderr.write(`gatherd: ${withCauses(error)}\n`);
    return exitCodeOf(error.code);
  }
  const { code, message } = error as NodeJS.ErrnoException;
  const isExpected = error instanceof CliError || code !== undefined;
  process.stderr.write(`gatherd: ${isExpected ? message : String((error as Error).stack)}\n`);
  return error instanceof CliError ? error.exitCode : exitCodeOfSystem(code);
}

// One line: what went wrong, then what made it so.
function withCauses(error: Error): string {
  const { cause, message } = error;
  return cause instanceof Error ? `${message}: ${withCauses(cause)}` : message;
}
