import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BulkLoad, BulkSender, settle } from './support/bulk-load.js';
import { differenceOf, FeedResumer, wantedOf } from './support/feed-resumer.js';
import { FeedServer, type FeedServerOptions } from './support/feed-server.js';
import { STREAM_KINDS } from './support/feed-stream.js';
import { Ledger } from './support/ledger.js';
import { Load, type Credentials } from './support/load.js';
import { canRun, IS_LONG } from './support/machine.js';
import { checkWholeDump } from './support/oracle.js';
import { until } from './support/until.js';

const CAN_FAIL = canRun('strace', '-D', '-f', '--seccomp-bpf', '-e', 'inject=fdatasync:error=EIO', 'true');
const KILLS = IS_LONG ? 40 : 2;
const ENV = {
  GATHERD_CHAT: 'off',
  GATHERD_FEED_BUFFER: '64KiB',
  GATHERD_SEGMENT_BYTES: '256KiB',
  GATHERD_DUMP_LOCK_TIMEOUT: '2000',
};

test(
  'through one kill -9 after the other, whoever resumes is shown each acknowledged record once, and nothing that gets lost',
  async () => {
    await using scene = await Scene.begin({ env: ENV });
    for (let kill = 1; kill <= KILLS; kill += 1) await scene.killUnderLoad();
    await scene.end();
  },
  IS_LONG ? 1_800_000 : 180_000,
);

test.skipIf(!CAN_FAIL)(
  'what a disk that fails did not take is shown to nobody, whether the server is killed or not',
  async () => {
    await using scene = await Scene.begin({
      env: { ...ENV, GATHERD_SEGMENT_BYTES: '64MiB', UV_THREADPOOL_SIZE: '1' },
      command: (dataDir) => [
        ...['strace', '-D', '-f', '--seccomp-bpf', '-o', '/dev/null', '-P', join(dataDir, 'dump.ndjson')],
        ...['-e', 'trace=fdatasync,pwrite64', '-e', 'inject=fdatasync:error=EIO:when=8+5'],
      ],
    });
    await scene.untilRefused();
    await scene.killUnderLoad();
    await scene.untilRefused();
    await scene.end();
  },
);

/** Senders, a server that is to fail, and those who follow it through that. */
class Scene implements AsyncDisposable {
  readonly #server: FeedServer;
  readonly #users: readonly Credentials[];
  readonly #ledger = new Ledger();
  readonly #senders: readonly BulkSender[];
  readonly #resumers: readonly FeedResumer[];

  private constructor(server: FeedServer, users: readonly [Credentials, Credentials]) {
    [this.#server, this.#users] = [server, users];
    const [dale, audrey] = users;
    this.#senders = [
      new BulkSender(dale, this.#ledger),
      new BulkSender(audrey, this.#ledger, { isNumbered: true }),
      new BulkSender(dale, this.#ledger, { isNumbered: true }),
    ];
    const filters = [{}, {}, { user: 'dale' }];
    this.#resumers = STREAM_KINDS.flatMap((kind) =>
      filters.map(
        (filter, index) =>
          new FeedResumer(server, { kind, token: dale.token, filter, after: 0, isSlow: index === 1 }),
      ),
    );
  }

  static async begin(options: FeedServerOptions): Promise<Scene> {
    const server = await FeedServer.start(options);
    const dale = { user: 'dale', token: await server.newUser('dale') };
    return new Scene(server, [dale, { user: 'audrey', token: await server.newUser('audrey') }]);
  }

  /** Kills the server while everybody writes, and starts it again. */
  async killUnderLoad(): Promise<void> {
    const bulk = new BulkLoad(this.#server, this.#senders);
    await using load = new Load(this.#server, this.#users, this.#ledger);
    await bulk.acknowledged(300 + Math.floor(Math.random() * (IS_LONG ? 1500 : 700)));
    // Some have heard of it by now, and some are behind.
    await until('what is followed', () => this.#resumers.some(({ records }) => records.length > 0));
    await this.#server.process.stop('SIGKILL');
    await bulk.stop();
    await load.stop();
    await this.#server.restart('SIGKILL');
  }

  /** Writes until something was refused, and something after that was not. */
  async untilRefused(): Promise<void> {
    await using load = new Load(this.#server, this.#users, this.#ledger, { connections: 2 });
    await load.refused(/could not be written/);
    await load.acknowledged(10);
    await load.stop();
  }

  /** Holds what everybody was shown against the dump, and the dump against what senders were told. */
  async end(): Promise<void> {
    await settle(this.#server, this.#senders);
    for (const resumer of this.#resumers) resumer.calmDown();
    const lines = await this.#server.lines();
    const wanted = this.#resumers.map(({ options }) => wantedOf(lines, options));
    const hasAll = ({ records }: FeedResumer, index: number) =>
      records.length >= (wanted[index]?.length ?? 0);
    await until('what everybody is to be shown', () => this.#resumers.every(hasAll));
    await Promise.all(this.#resumers.map((resumer) => resumer.stop()));
    for (const [index, { options, records, gaps }] of this.#resumers.entries())
      expect([differenceOf(records, wanted[index] ?? []), gaps], JSON.stringify(options)).toEqual([
        undefined,
        [],
      ]);
    expect(await this.#server.process.stop()).toBe(0);
    await checkWholeDump(this.#ledger, this.#server.dump);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#resumers.map((resumer) => resumer.stop()));
    await this.#server[Symbol.asyncDispose]();
  }
}
