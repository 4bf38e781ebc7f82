import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { CLIENT, CONSOLE, SEAL_WORKER } from '../../built-files.js';
import { createProgram } from '../../cli/program.js';
import { NO_RATE_LIMITS, type GatherdOptions } from './gatherd-process.js';
import { putNewDatabase } from './new-database.js';

/** How a command ended that was run in this process. */
export interface ProgramResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs one of gatherd's commands to its end in this process: all but `main.ts`, and in a tenth of the time that a process
 * takes. Rejects with what the command throws.
 */
export async function runProgram(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ProgramResult> {
  const printed: string[] = [];
  const around = surroundings(new AbortController().signal, printed);
  const { program, exitCode } = createProgram(env, around);
  await program.parseAsync(args, { from: 'user' });
  return { code: exitCode(), stdout: printed.join(''), stderr: String(around.err.read() ?? '') };
}

/**
 * A gatherd that its command line has started, with all its doors, but in this process: for tests of what a server does,
 * not of what becomes of its process, which are {@link GatherdProcess}'s. It logs what is fatal only.
 */
export class ServedGatherd implements AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  readonly #run: Run;
  readonly #ownsDataDir: boolean;

  private constructor(port: number, dataDir: string, run: Run, ownsDataDir: boolean) {
    this.port = port;
    this.url = `http://127.0.0.1:${String(port)}`;
    this.dataDir = dataDir;
    this.#run = run;
    this.#ownsDataDir = ownsDataDir;
  }

  /** Starts it and waits until it says where it listens. Rejects with why it does not serve. */
  static async start(options: Pick<GatherdOptions, 'dataDir' | 'env' | 'args'> = {}): Promise<ServedGatherd> {
    const ownsDataDir = options.dataDir === undefined;
    const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'gatherd-')));
    await putNewDatabase(dataDir);
    const env = { ...NO_RATE_LIMITS, GATHERD_LOG_LEVEL: 'fatal', ...options.env };
    const run = serve(['--port', '0', '--data-dir', dataDir, ...(options.args ?? [])], env);
    try {
      return new ServedGatherd(await run.port, dataDir, run, ownsDataDir);
    } catch (error) {
      if (ownsDataDir) await rm(dataDir, { recursive: true, force: true });
      throw error;
    }
  }

  /** What it has printed: its welcome. */
  get output(): string {
    return this.#run.printed.join('');
  }

  /** Has it end as after SIGTERM, and answers its exit code. */
  stop(): Promise<number> {
    this.#run.stopping.abort();
    return this.#run.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    if (this.#ownsDataDir) await rm(this.dataDir, { recursive: true, force: true });
  }
}

interface Run {
  readonly printed: readonly string[];
  /** Where it listens; rejects where it ends before. */
  readonly port: Promise<number>;
  readonly stopping: AbortController;
  readonly ended: Promise<number>;
}

function serve(args: readonly string[], env: Readonly<Record<string, string>>): Run {
  const printed: string[] = [];
  const stopping = new AbortController();
  let onPrint: () => void = () => undefined;
  const { program, exitCode } = createProgram(
    env,
    surroundings(stopping.signal, printed, () => {
      onPrint();
    }),
  );
  const ended = program.parseAsync(args, { from: 'user' }).then(exitCode);
  const port = new Promise<number>((resolve, reject) => {
    onPrint = () => {
      const match = /listens on https?:\/\/\S+:(\d+)/.exec(printed.join(''));
      if (match?.[1] !== undefined) resolve(Number(match[1]));
    };
    ended.then(() => {
      reject(new Error('gatherd ended'));
    }, reject);
  });
  return { printed, port, stopping, ended };
}

function surroundings(signal: AbortSignal, printed: string[], onPrint?: () => void) {
  return {
    version: '0.0.0',
    clock: () => new Date(),
    clientPath: CLIENT,
    consolePath: CONSOLE,
    sealWorkerPath: SEAL_WORKER,
    signal,
    onHangUp: () => undefined,
    out: new PassThrough().on('data', (piece: Buffer) => printed.push(piece.toString())),
    isOutTerminal: false,
    print: (text: string) => {
      printed.push(text);
      onPrint?.();
    },
    err: new PassThrough(),
    isErrorTerminal: false,
    in: new PassThrough(),
    isInTerminal: false,
  };
}
