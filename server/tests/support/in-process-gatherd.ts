import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { SEAL_WORKER } from '../../built-files.js';
import { loadSettings } from '../../config/load-settings.js';
import { claimDataDirectory, type DataDirectory } from '../../data-directory/claim-data-directory.js';
import { DUMP_FORMATS } from '../../dump/format/dump-formats.js';
import type { DumpRecord } from '../../dump/format/record-format.js';
import type { OpenGateways } from '../../gateways/open-gateways.js';
import { UnansweredRequests } from '../../http/connections/unanswered-requests.js';
import { createUpgradeListener, type Upgrade } from '../../http/connections/upgrade-listener.js';
import { wire, type Gatherd } from '../../wiring/wire.js';
import { NO_RATE_LIMITS } from './gatherd-process.js';
import { IS_LONG } from './machine.js';
import { putNewDatabase } from './new-database.js';
import { describedListener } from './openapi-check.js';
import { TestClock } from './test-clock.js';

export { openNewDatabase } from './new-database.js';
export { TestClock } from './test-clock.js';

/** The two ways in: behind Express, and in front of it, as the server itself listens. */
export const DOORS = ['express', 'front'] as const;
export type DoorName = (typeof DOORS)[number];

/** For what lies behind both ways in, and is long: as the server listens, and in the long form both. */
export const MAIN_DOORS: readonly DoorName[] = IS_LONG ? DOORS : ['front'];

/** What it says it is. */
export const VERSION = '1.2.3';

/** A line of the log. */
export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly code?: string;
  readonly requestId?: string;
}

/**
 * A gatherd in this process, wired as the real one, with a data directory, a clock and a log of its own. It believes
 * X-Forwarded-For, so that a test can speak from any endpoint, and has no rate limits unless a test sets them.
 */
export class InProcessGatherd implements AsyncDisposable {
  readonly clock = new TestClock();
  readonly log: LogLine[] = [];
  readonly dataDir: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #servers = new Map<DoorName, Server>();
  #running: { gatherd: Gatherd; directory: DataDirectory } | undefined;
  #gateways: OpenGateways | undefined;

  private constructor(dataDir: string, env: Readonly<Record<string, string>>) {
    this.dataDir = dataDir;
    this.#env = env;
  }

  /** @param env - settings as an operator writes them */
  static async start(env: Readonly<Record<string, string>> = {}): Promise<InProcessGatherd> {
    const gatherd = new InProcessGatherd(await mkdtemp(join(tmpdir(), 'gatherd-in-process-')), env);
    await putNewDatabase(gatherd.dataDir);
    await gatherd.#wire();
    for (const door of DOORS) {
      // Looked up at each request, since a restart wires anew.
      const listener: RequestListener = (request, response) => {
        gatherd.#listener(door)(request, response);
      };
      const server = createServer(describedListener(listener));
      const upgrade: Upgrade = (request, head) => {
        gatherd.#gatherd.upgrade(request, head);
      };
      server.on('upgrade', createUpgradeListener(server, new UnansweredRequests(), upgrade));
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      gatherd.#servers.set(door, server);
    }
    return gatherd;
  }

  /** Everything behind Express. */
  get app(): Gatherd['app'] {
    return this.#gatherd.app;
  }

  /** All of it, for a server that a test makes. */
  get wired(): Gatherd {
    return this.#gatherd;
  }

  /** What the doors work with. */
  get services(): Gatherd['services'] {
    return this.#gatherd.services;
  }

  /** The live feed. */
  get feed(): Gatherd['feed'] {
    return this.#gatherd.feed;
  }

  /** Where a door listens. */
  url(door: DoorName): string {
    const address = this.#servers.get(door)?.address() as AddressInfo;
    return `http://127.0.0.1:${String(address.port)}`;
  }

  /** Opens the gateways of its settings, until it stops. */
  async openGateways(): Promise<void> {
    this.#gateways = await this.#running?.gatherd.openGateways();
  }

  /** Where a gateway listens. */
  gateway(name: string): string {
    return this.#gateways?.gateways.find((gateway) => gateway.name === name)?.address ?? '';
  }

  /** The path of a file in the data directory. */
  file(name: string): string {
    return join(this.dataDir, name);
  }

  /** Every record in the dump. */
  async records(format: keyof typeof DUMP_FORMATS = 'ndjson'): Promise<DumpRecord[]> {
    const dump = DUMP_FORMATS[format];
    const text = await readFile(this.file(dump.fileName), 'utf8');
    const lines = text.slice(dump.header.length).split('\n').slice(0, -1);
    return lines.map((line) => {
      const record = dump.decode(line);
      if (record === undefined) throw new Error(`this line of the dump is no record: ${line}`);
      return record;
    });
  }

  /** Lets gatherd go; its doors stay open, as they do for a moment while a server stops. */
  async stop(): Promise<void> {
    await this.#gateways?.[Symbol.asyncDispose]();
    this.#gateways = undefined;
    await this.#running?.gatherd[Symbol.asyncDispose]();
    await this.#running?.directory[Symbol.asyncDispose]();
  }

  /** Stops gatherd and starts another one on the same data. */
  async restart(): Promise<void> {
    await this.stop();
    await this.#wire();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers.values()) {
      server.closeAllConnections();
      server.close();
    }
    await this.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  async #wire(): Promise<void> {
    const env = { ...NO_RATE_LIMITS, GATHERD_TRUST_PROXY: '1', ...this.#env };
    const loaded = loadSettings({ dataDir: this.dataDir }, env);
    const directory = await claimDataDirectory(loaded.settings.dataDir);
    const logger = pino(
      { base: null, timestamp: false },
      { write: (line: string) => this.log.push(JSON.parse(line) as LogLine) },
    );
    const gatherd = await wire(loaded, {
      version: VERSION,
      directory,
      logger,
      clock: this.clock.now,
      monotonic: () => this.clock.now().getTime(),
      clientPath: this.file('there-is-no-client.mjs'),
      consolePath: this.file('console'),
      sealWorkerPath: SEAL_WORKER,
    });
    this.#running = { gatherd, directory };
  }

  #listener(door: DoorName): RequestListener {
    const { app, listener } = this.#gatherd;
    return door === 'express' ? app : listener;
  }

  get #gatherd(): Gatherd {
    if (this.#running === undefined) throw new Error('gatherd has not started');
    return this.#running.gatherd;
  }
}
