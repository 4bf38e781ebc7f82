import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { runProgram } from '../../cli/program.js';

/** How one run came out. */
export interface GatherRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface GatherRunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** What stands on standard input, which is no terminal then. */
  readonly input?: string | Uint8Array;
  /** What somebody on a terminal answers, one for each question. */
  readonly answers?: readonly string[];
}

/** The program in this process, with a configuration directory of its own and a world of its own. */
export class InProcessGather implements AsyncDisposable {
  readonly directory: string;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(directory: string, env: Readonly<Record<string, string>>) {
    this.directory = directory;
    this.#env = env;
  }

  /** @param env stands for every run; nothing is tried again unless it says so. */
  static async create(env: Readonly<Record<string, string>> = {}): Promise<InProcessGather> {
    return InProcessGather.at(await mkdtemp(join(tmpdir(), 'gather-')), { GATHER_RETRY_FOR: '0', ...env });
  }

  /** With a configuration directory that there is, and all else as it is for everybody. */
  static at(directory: string, env: Readonly<Record<string, string>>): InProcessGather {
    return new InProcessGather(directory, env);
  }

  /** Runs the program to its end. */
  async run(argv: readonly string[], options: GatherRunOptions = {}): Promise<GatherRun> {
    const isTerminal = options.answers !== undefined;
    const stdin = Object.assign(new PassThrough(), { isTTY: isTerminal });
    const stdout = Object.assign(new PassThrough(), { isTTY: isTerminal });
    const stderr = Object.assign(new PassThrough(), { isTTY: isTerminal });
    const shown = { out: '', err: '' };
    stdout.on('data', (chunk: Buffer) => (shown.out += chunk.toString()));
    stderr.on('data', (chunk: Buffer) => (shown.err += chunk.toString()));
    if (isTerminal) answerOn(stdin, [stdout, stderr], options.answers ?? []);
    else stdin.end(options.input ?? '');
    const stop = new AbortController();
    const exitCode = await runProgram({
      argv,
      env: { GATHER_CONFIG_DIR: this.directory, ...this.#env, ...options.env },
      platform: process.platform,
      homeDirectory: this.directory,
      hostName: 'host',
      stdin,
      stdout,
      stderr,
      // As the built program says it: both may use one spool.
      machine: { pid: process.pid, host: hostname(), isAlive: () => true },
      inputSize: () => undefined,
      now: Date.now,
      random: Math.random,
      newId: randomUUID,
      stopSignal: () => stop.signal,
      interrupt: () => {
        stop.abort('SIGINT');
      },
    });
    return { exitCode, stdout: shown.out, stderr: shown.err };
  }

  /** Runs the program with `--json` and gives back the one object that it must print. */
  async json(argv: readonly string[], options: GatherRunOptions = {}): Promise<Record<string, unknown>> {
    const { stdout } = await this.run([...argv, '--json'], options);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}

// A question ends with a space behind a colon or a bracket. Each gets the next answer.
function answerOn(stdin: PassThrough, outputs: readonly PassThrough[], answers: readonly string[]): void {
  const left = [...answers];
  let asked = '';
  for (const output of outputs) {
    output.on('data', (chunk: Buffer) => {
      asked += stripVTControlCharacters(chunk.toString());
      const answer = /[:\]] $/.test(asked) ? left.shift() : undefined;
      if (answer === undefined) return;
      asked = '';
      // Nobody answers before the question has been asked to its end.
      setImmediate(() => stdin.write(`${answer}\r`));
    });
  }
}
