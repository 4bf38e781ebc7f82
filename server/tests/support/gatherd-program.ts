import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { CLIENT, SEAL_WORKER } from '../../built-files.js';
import { createProgram } from '../../cli/program.js';
import { NO_RATE_LIMITS, type GatherdOptions } from './gatherd-process.js';
import { putNewDatabase } from './new-database.js';

/** How a command ended that was run in this process. */
export interface ProgramResult {
  readonly code: number;
  readonly stdout: string;
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
  const { program, exitCode } = createProgram(env, surroundings(new AbortController().signal, printed));
  await program.parseAsync(args, { from: 'user' });
  return { code: exitCode(), stdout: printed.join('') };
}

/**
 * A gatherd that its command line has started, with all its doors, but in this process: for tests of what a server does,
 * not of what becomes of its process, which are {@link GatherdProcess}'s. It logs what is fatal only.
 */
export class ServedGatherd implements AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  readonly #stopping: AbortController;
  readonly #served: Promise<number>;
  readonly #ownsDataDir: boolean;

  private constructor(
    port: number,
    dataDir: string,
    { stopping, served, ownsDataDir }: { stopping: AbortController; served: Promise<number>; ownsDataDir: boolean },
  ) {
    this.port = port;
    this.url = `http://127.0.0.1:${String(port)}`;
    this.dataDir = dataDir;
    this.#stopping = stopping;
    this.#served = served;
    this.#ownsDataDir = ownsDataDir;
  }

  /** Starts it and waits until it says where it listens. Rejects with why it does not serve. */
  static async start(options: Pick<GatherdOptions, 'dataDir' | 'env' | 'args'> = {}): Promise<ServedGatherd> {
    const ownsDataDir = options.dataDir === undefined;
    const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'gatherd-')));
    await putNewDatabase(dataDir);
    const stopping = new AbortController();
    const env = { ...NO_RATE_LIMITS, GATHERD_LOG_LEVEL: 'fatal', ...options.env };
    const printed: string[] = [];
    let served: Promise<number> = Promise.resolve(0);
    const port = await new Promise<number>((resolve, reject) => {
      const onPrint = () => {
        const match = /listens on https?:\/\/\S+:(\d+)/.exec(printed.join(''));
        if (match?.[1] !== undefined) resolve(Number(match[1]));
      };
      const { program, exitCode } = createProgram(env, surroundings(stopping.signal, printed, onPrint));
      const args = ['--port', '0', '--data-dir', dataDir, ...(options.args ?? [])];
      served = program.parseAsync(args, { from: 'user' }).then(() => exitCode());
      served.catch(reject);
    });
    return new ServedGatherd(port, dataDir, { stopping, served, ownsDataDir });
  }

  /** Has it end as after SIGTERM, and answers its exit code. */
  stop(): Promise<number> {
    this.#stopping.abort();
    return this.#served;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    if (this.#ownsDataDir) await rm(this.dataDir, { recursive: true, force: true });
  }
}

function surroundings(signal: AbortSignal, printed: string[], onPrint?: () => void) {
  return {
    version: '0.0.0',
    clock: () => new Date(),
    clientPath: CLIENT,
    sealWorkerPath: SEAL_WORKER,
    signal,
    onHangUp: () => undefined,
    out: new PassThrough().on('data', (piece: Buffer) => printed.push(piece.toString())),
    isOutTerminal: false,
    print: (text: string) => {
      printed.push(text);
      onPrint?.();
    },
    err: new PassThrough().resume(),
    isErrorTerminal: false,
    in: new PassThrough(),
    isInTerminal: false,
  };
}
