import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { putNewDatabase } from './new-database.js';

/** The built server's entry; `npm test` builds it first. GATHERD_TEST_MAIN names another build of it. */
export const GATHERD_MAIN =
  process.env['GATHERD_TEST_MAIN'] ?? fileURLToPath(new URL('../../../dist/server/main.js', import.meta.url));

/** What the server sees of the tests' environment: no settings of the tests' own, which it would warn about. */
const outside = { ...process.env, GATHERD_TEST_MAIN: undefined, GATHERD_TEST_LONG: undefined };

/** Rate limits as they are for tests of anything but rate limits: off. */
export const NO_RATE_LIMITS = {
  GATHERD_HANDSHAKE_RATE: '0',
  GATHERD_REGISTRATION_RATE: '0',
  GATHERD_LOGIN_RATE: '0',
  GATHERD_WRONG_PASSWORDS: '0',
} as const;

export interface GatherdOptions {
  /** Kept after the process ends where it is given; else a new one is made and removed. */
  dataDir?: string;
  env?: Readonly<Record<string, string>>;
  args?: readonly string[];
  /** Whether the server makes its database itself, as at a first start; else it finds a new one, which is faster. */
  isFirstStart?: boolean;
  /** Put in front of `node`, for example `['prlimit', '--fsize=65536']`. */
  command?: readonly string[];
}

// A test that times out, or whose runner is told to end, does not get to its cleaning up.
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
process.once('SIGTERM', () => process.exit(143));

/** A real gatherd in a process of its own, on a free port, with a data directory of its own. */
export class GatherdProcess implements AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  readonly child: ChildProcess;
  readonly #output: string[];
  readonly #closed: Promise<unknown>;
  readonly #ownsDataDir: boolean;

  private constructor(child: ChildProcess, port: number, dataDir: string, output: string[], owns: boolean) {
    this.child = child;
    this.port = port;
    this.url = `http://127.0.0.1:${String(port)}`;
    this.dataDir = dataDir;
    this.#output = output;
    this.#closed = once(child, 'close');
    this.#ownsDataDir = owns;
  }

  /** Starts a server and waits until it says where it listens. Rejects with its output if it ends before. */
  static async start(options: GatherdOptions = {}): Promise<GatherdProcess> {
    const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'gatherd-')));
    if (options.isFirstStart !== true && existsSync(dataDir)) await putNewDatabase(dataDir);
    const command = [...(options.command ?? []), process.execPath, GATHERD_MAIN];
    const child = spawn(
      command[0] ?? process.execPath,
      [...command.slice(1), '--port', '0', '--data-dir', dataDir, ...(options.args ?? [])],
      { env: { ...outside, ...NO_RATE_LIMITS, ...options.env }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    running.add(child);
    child.once('exit', () => running.delete(child));
    const output: string[] = [];
    const ownsDataDir = options.dataDir === undefined;
    try {
      const port = await listeningPort(child, output);
      return new GatherdProcess(child, port, dataDir, output, ownsDataDir);
    } catch (error) {
      if (ownsDataDir) await rm(dataDir, { recursive: true, force: true });
      throw error;
    }
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('gatherd was never started');
    return this.child.pid;
  }

  /** What the server has printed so far, standard output and error as they came. */
  get output(): string {
    return this.#output.join('\n');
  }

  /** Sends a signal, and answers the exit code (null where the signal ended the process) when all that it printed is there. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
    await this.#closed;
    return this.child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL');
    if (this.#ownsDataDir) await rm(this.dataDir, { recursive: true, force: true });
  }
}

/** How a gatherd command ended. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one of gatherd's commands to its end. */
export async function runGatherd(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  const child = spawn(process.execPath, [GATHERD_MAIN, ...args], {
    env: { ...outside, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const closed = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await closed;
  return { code: child.exitCode, stdout, stderr };
}

function listeningPort(child: ChildProcess, output: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        output.push(line);
        const match = /listens on https?:\/\/\S+:(\d+)/.exec(line);
        if (match?.[1] !== undefined) resolve(Number(match[1]));
      });
    }
    child.once('close', (code) => {
      reject(new Error(`gatherd ended with ${String(code)}:\n${output.join('\n')}`));
    });
    child.once('error', reject);
  });
}
