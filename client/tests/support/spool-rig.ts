import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GatherdProcess } from '../../../server/tests/support/gatherd-process.js';
import { ServedGatherd } from '../../../server/tests/support/gatherd-program.js';
import { lastingPort } from '../../../server/tests/support/lasting-port.js';
import { until } from '../../../server/tests/support/until.js';
import { GatherCli, type StartedCli } from './gather-cli.js';

const TAIL_BYTES = 4096;

/** A server, a client of it, and a directory for what is followed. */
export class SpoolRig implements AsyncDisposable {
  readonly #started: StartedCli[] = [];
  gatherd: GatherdProcess | ServedGatherd;
  readonly cli: GatherCli;
  /** Empty at first. */
  readonly directory: string;

  private constructor(gatherd: ServedGatherd, cli: GatherCli) {
    this.gatherd = gatherd;
    this.cli = cli;
    this.directory = join(cli.configDirectory, '..', 'logs');
  }

  static async create(): Promise<SpoolRig> {
    const gatherd = await ServedGatherd.start({ args: ['--port', String(await lastingPort())] });
    const env = { GATHER_USER: 'dale', GATHER_PASSWORD: 'pass', GATHER_SERVER: gatherd.url };
    const rig = new SpoolRig(gatherd, await GatherCli.create(env));
    await mkdir(rig.directory);
    return rig;
  }

  /** Starts the client; it is killed with the rig. */
  start(...args: string[]): StartedCli {
    const one = this.cli.start(args);
    this.#started.push(one);
    return one;
  }

  /** Starts the server again with what it holds, at the same address and in the same way. */
  async restartServer(): Promise<void> {
    const { dataDir, port } = this.gatherd;
    const options = { dataDir, args: ['--port', String(port)] };
    const isProcess = this.gatherd instanceof GatherdProcess;
    this.gatherd = await (isProcess ? GatherdProcess : ServedGatherd).start(options);
  }

  /** Goes on with a server in a process of its own, which can be killed. */
  async moveServerToProcess(): Promise<void> {
    await this.gatherd.stop();
    const { dataDir, port } = this.gatherd;
    this.gatherd = await GatherdProcess.start({ dataDir, args: ['--port', String(port)] });
  }

  /** Ends the server's process by kill -9. */
  async killServer(): Promise<void> {
    if (!(this.gatherd instanceof GatherdProcess)) throw new Error('the server has no process of its own');
    await this.gatherd.stop('SIGKILL');
  }

  /** The messages in the dump. */
  async dumped(): Promise<string[]> {
    const text = await readFile(this.#dump, 'utf8').catch(() => '');
    const lines = text.split('\n').slice(0, -1);
    return lines.map((line) => (JSON.parse(line) as { message: string }).message);
  }

  /** The last message in the dump, of a dump with short ones; undefined where there is none. */
  async lastDumped(): Promise<string | undefined> {
    const file = await open(this.#dump, 'r').catch(() => undefined);
    if (file === undefined) return undefined;
    try {
      const { size } = await file.stat();
      const { buffer, bytesRead } = await file.read({
        buffer: Buffer.alloc(TAIL_BYTES),
        position: Math.max(0, size - TAIL_BYTES),
      });
      const line = buffer.toString('utf8', 0, bytesRead).split('\n').at(-2);
      return line?.startsWith('{') === true ? (JSON.parse(line) as { message: string }).message : undefined;
    } finally {
      await file.close();
    }
  }

  /** Waits for so many messages in the dump, and gives them back. */
  async arrived(count: number): Promise<string[]> {
    return until(`${String(count)} messages`, async () => {
      const messages = await this.dumped();
      return messages.length >= count && messages;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child, run } of this.#started.splice(0)) {
      child.kill('SIGKILL');
      await run;
    }
    await this.cli[Symbol.asyncDispose]();
    await this.gatherd[Symbol.asyncDispose]();
    // A server that was started again leaves what it was given.
    await rm(this.gatherd.dataDir, { recursive: true, force: true });
  }

  get #dump(): string {
    return join(this.gatherd.dataDir, 'dump.ndjson');
  }
}

/** Lines with consecutive numbers. */
export function numbered(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, i) => `line ${String(from + i)}`);
}

/** The text of a file with these lines. */
export function linesOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
