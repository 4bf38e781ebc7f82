import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { InProcessGather } from './run-gather.js';

/** The built client, one file; `npm test` builds it first. GATHER_TEST_MAIN names another build of it. */
export const GATHER_MAIN =
  process.env['GATHER_TEST_MAIN'] ?? fileURLToPath(new URL('../../../dist/gather.mjs', import.meta.url));

/** How one run of the built CLI came out. */
export interface CliRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliRunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** What stands on standard input; it is ended after it. */
  readonly input?: string | Uint8Array;
}

/** A run of the CLI that is under way. */
export interface StartedCli {
  readonly child: ChildProcessWithoutNullStreams;
  /** Resolves when the process has ended and its output is complete. */
  readonly run: Promise<CliRun>;
}

/** The built CLI with a configuration directory of its own, and nothing of the caller's environment. */
export class GatherCli implements AsyncDisposable {
  readonly configDirectory: string;
  /** The same with the same configuration, but in this process: in a tenth of the time, for what is not about a process. */
  readonly here: InProcessGather;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(configDirectory: string, env: Readonly<Record<string, string>>) {
    this.configDirectory = configDirectory;
    this.here = InProcessGather.at(configDirectory, env);
    this.#env = { PATH: process.env['PATH'] ?? '', GATHER_CONFIG_DIR: configDirectory, ...env };
  }

  /** @param env stands for every run. */
  static async create(env: Readonly<Record<string, string>> = {}): Promise<GatherCli> {
    return new GatherCli(join(await mkdtemp(join(tmpdir(), 'gather-')), 'config'), env);
  }

  /** Starts the CLI; its standard input stays open. */
  start(args: readonly string[], { env }: Pick<CliRunOptions, 'env'> = {}): StartedCli {
    const child = spawn(process.execPath, [GATHER_MAIN, ...args], { env: { ...this.#env, ...env } });
    // A CLI that ends without reading its input is no fault of the test.
    child.stdin.on('error', () => undefined);
    return { child, run: outcomeOf(child) };
  }

  /** Runs the CLI to its end. */
  run(args: readonly string[], { input = '', ...options }: CliRunOptions = {}): Promise<CliRun> {
    const { child, run } = this.start(args, options);
    child.stdin.end(input);
    return run;
  }

  /** Runs the CLI with `--json` and gives back the one object that it must print. */
  async json(args: readonly string[], options: CliRunOptions = {}): Promise<Record<string, unknown>> {
    const { stdout } = await this.run([...args, '--json'], options);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(join(this.configDirectory, '..'), { recursive: true, force: true });
  }
}

async function outcomeOf(child: ChildProcessWithoutNullStreams): Promise<CliRun> {
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { exitCode: child.exitCode, stdout, stderr };
}
