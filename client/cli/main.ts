import { randomUUID } from 'node:crypto';
import { fstatSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { EXIT_CODES } from './exit-codes.js';
import { runProgram } from './program.js';

const stop = new AbortController();
// What was asked for, which decides what is to be let go of at the end.
const asked = { stdin: false, signals: false };

for (const stream of [process.stdout, process.stderr]) {
  // Whoever read the output has gone, `gather ... | head` for example: what is left to do is done all the same.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

process.exitCode = await runProgram({
  argv: process.argv.slice(2),
  env: process.env,
  platform: process.platform,
  homeDirectory: homedir(),
  hostName: hostname(),
  // Opened only where a command reads it: in a shell's loop it belongs to somebody else.
  get stdin() {
    asked.stdin = true;
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  machine: { pid: process.pid, host: hostname(), isAlive },
  inputSize,
  now: Date.now,
  random: Math.random,
  newId: randomUUID,
  stopSignal,
  interrupt: () => {
    onSignal('SIGINT');
  },
});
// Reading has ended, whether the input has or not.
if (asked.stdin) process.stdin.destroy();

function stopSignal(): AbortSignal {
  if (!asked.signals) {
    asked.signals = true;
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  }
  return stop.signal;
}

function onSignal(name: NodeJS.Signals): void {
  if (stop.signal.aborted) process.exit(EXIT_CODES[name === 'SIGTERM' ? 'terminated' : 'interrupted'].code);
  stop.abort(name);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code !== 'ESRCH';
  }
}

function inputSize(): number | undefined {
  try {
    const stats = fstatSync(0);
    return stats.isFile() ? stats.size : undefined;
  } catch {
    return undefined;
  }
}
