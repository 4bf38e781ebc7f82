import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dumpFiles, readDumpFile } from './dump-records.js';
import { GatherdProcess } from './gatherd-process.js';
import { runProgram } from './gatherd-program.js';
import { lastingPort } from './lasting-port.js';
import { putNewDatabase } from './new-database.js';
import { until } from './until.js';

/** Everybody's password here. */
export const PASSWORD = 'Tannenzapfen im Oktober';
const ADMIN = 'root';

/** What an answer says. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What a server starts with. */
export interface FeedServerOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Put in front of `node`, given where the data is. */
  readonly command?: (dataDir: string) => readonly string[];
}

/** Nothing that ends a test's connections before their time. */
const ENV = {
  GATHERD_CHAT: '127.0.0.1:0',
  GATHERD_CHAT_RATE: '0',
  GATHERD_TOKEN_TTL: '86400',
  GATHERD_MAX_SUBSCRIPTIONS_PER_USER: '10000',
  GATHERD_MAX_SESSIONS_PER_USER: '10000',
  GATHERD_LOG_LEVEL: 'warn',
} as const;

/** A real server with the chat gateway, an administrator, and as many accounts as a test wants; it can be started again at the same place. */
export class FeedServer implements AsyncDisposable {
  readonly dataDir: string;
  readonly #options: FeedServerOptions;
  #process: GatherdProcess;
  #root = '';

  private constructor(dataDir: string, options: FeedServerOptions, process: GatherdProcess) {
    [this.dataDir, this.#options, this.#process] = [dataDir, options, process];
  }

  static async start(options: FeedServerOptions = {}): Promise<FeedServer> {
    const dataDir = await mkdtemp(join(tmpdir(), 'gatherd-feed-'));
    const passwordFile = join(dataDir, 'admin-password');
    await writeFile(passwordFile, PASSWORD);
    const args = ['admin', 'create', ADMIN, '--data-dir', dataDir, '--password-file', passwordFile];
    await putNewDatabase(dataDir);
    const { code, stdout } = await runProgram(args);
    if (code !== 0) throw new Error(`No administrator could be made: ${stdout}`);
    const server = new FeedServer(
      dataDir,
      options,
      await startProcess(dataDir, options, await lastingPort()),
    );
    server.#root = await server.login(ADMIN);
    return server;
  }

  get process(): GatherdProcess {
    return this.#process;
  }

  get port(): number {
    return this.#process.port;
  }

  get url(): string {
    return this.#process.url;
  }

  /** The administrator's token. */
  get root(): string {
    return this.#root;
  }

  get dump(): string {
    return join(this.dataDir, 'dump.ndjson');
  }

  /** Where the chat gateway listens. */
  chatAddress(): Promise<string> {
    return until('the chat gateway', () => /Gateway chat listens on (\S+)/.exec(this.#process.output)?.[1]);
  }

  /** Starts again on the same data at the same port. @param signal - that ends the one there is */
  async restart(signal: NodeJS.Signals): Promise<void> {
    const { port } = this.#process;
    await this.#process.stop(signal);
    this.#process = await startProcess(this.dataDir, this.#options, port);
  }

  /** Asks something over HTTP. */
  async ask(method: string, path: string, token?: string, body?: object): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Answer['body']) };
  }

  /** The same, where it must succeed. */
  async asked(method: string, path: string, token?: string, body?: object): Promise<Answer['body']> {
    const answer = await this.ask(method, path, token, body);
    if (answer.status >= 300)
      throw new Error(`${method} ${path}: ${String(answer.status)} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async login(username: string): Promise<string> {
    return String(
      (await this.asked('POST', '/v1/sessions', undefined, { username, password: PASSWORD }))['token'],
    );
  }

  /** Makes an account that may read the feed, and logs it in. */
  async newUser(username: string, role = 'moderator'): Promise<string> {
    await this.asked('POST', '/v1/users', this.#root, { username, password: PASSWORD, role });
    return this.login(username);
  }

  /** The value of a metric without labels. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  }

  /** How many are connected to the feed, and the chat. */
  connections(): Promise<number> {
    return this.metric('gatherd_feed_connections');
  }

  /** The lines of the dump, all segments: that of record 1 first. Throws where a number is not where it belongs. */
  async lines(): Promise<string[]> {
    const lines: string[] = [];
    for (const file of await dumpFiles(this.dump)) {
      const text = (await readDumpFile(file)).toString('utf8');
      for (const line of text.split('\n').slice(0, -1)) lines.push(line);
    }
    const wrong = lines.find((line, index) => !line.startsWith(`{"seq":${String(index + 1)},`));
    if (wrong !== undefined)
      throw new Error(`This is not where it belongs in the dump: ${wrong.slice(0, 100)}`);
    return lines;
  }

  /** The files that the dump consists of. */
  files(): Promise<string[]> {
    return dumpFiles(this.dump);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

function startProcess(
  dataDir: string,
  { env, command }: FeedServerOptions,
  port: number,
): Promise<GatherdProcess> {
  return GatherdProcess.start({
    dataDir,
    env: { ...ENV, ...env },
    args: ['--port', String(port)],
    ...(command === undefined ? {} : { command: command(dataDir) }),
  });
}
