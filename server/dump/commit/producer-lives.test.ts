import { cp, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runsOf } from '../../tests/support/machine.js';
import { AppError } from '../../errors/app-error.js';
import { QUIET } from '../../tests/support/segment-files.js';
import { temporaryDirectory } from '../../tests/support/temporary-directory.js';
import { nodeFileSystem } from '../file-system.js';
import { ndjsonFormat } from '../format/ndjson-format.js';
import { messageList } from '../message-list.js';
import type { Batch, Committed } from '../message-log.js';
import { Manifest } from '../sealing/manifest.js';
import { deleteFiles, doSealTask } from '../sealing/seal-segment.js';
import { closedSegmentForms, listClosedSegments } from '../segments/segment-names.js';
import { DumpFile } from './dump-file.js';
import { DumpLock } from './dump-lock.js';
import { DumpWriter } from './dump-writer.js';
import { FreeSpace } from './free-space.js';
import { LiveIndex } from './live-index.js';
import { ProducerTable } from './producer-table.js';
import { Rotation } from './rotation.js';

const IDLE_MS = 1000;
const JUMP_MS = 10 * 365 * 24 * 3600 * 1000;
const USER = 'dale';
const IDS = ['0f8fad5b-d9cb-469f-a165-70867728950e', '7c9e6679-7425-40de-944b-e07fc1f90ae7'];

interface Sender {
  readonly id: string;
  life: number;
  next: number;
  usedAt: number;
}

// A dump in a real folder, what was acknowledged of it, and two senders that begin again when they are told to.
class World {
  readonly #stored = new Set<string>();
  readonly #senders: readonly Sender[] = IDS.map((id) => ({ id, life: 1, next: 1, usedAt: 0 }));
  readonly #root: string;
  #folders = 0;
  #passed = 0;
  #ahead = 0;
  #isMissed = false;
  #manifest: Manifest | undefined;
  #writer: DumpWriter | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  get path(): string {
    return join(this.#root, String(this.#folders), 'dump.ndjson');
  }

  async start(): Promise<void> {
    const { path } = this;
    const monotonic = () => this.#passed;
    const clock = () => new Date(Date.parse('2026-11-21') + this.#passed + this.#ahead);
    const producers = new ProducerTable({ maxProducersPerUser: 9, idleMs: IDLE_MS }, clock, monotonic);
    const manifest = await Manifest.open(path, QUIET);
    const shared = { format: ndjsonFormat, logger: QUIET };
    const onClosed = () => undefined;
    const live = new LiveIndex({ ...shared, dumpPath: path, manifest, producers, onClosed, clock });
    const limits = { segmentBytes: 700, segmentAgeMs: 0 };
    this.#manifest = manifest;
    this.#writer = new DumpWriter({
      ...shared,
      file: new DumpFile({ ...shared, path, fileSystem: nodeFileSystem, recoveryWindow: 2 ** 16, live }),
      lock: new DumpLock(path, 5000),
      producers,
      freeSpace: new FreeSpace(path, 0, nodeFileSystem),
      rotation: new Rotation(limits, (first) => closedSegmentForms(path, first), clock, QUIET),
      maxQueueBytes: 2 ** 20,
      clock,
      onCommit: () => undefined,
    });
    await this.#writer.open();
  }

  async stop(): Promise<void> {
    await this.#writer?.[Symbol.asyncDispose]();
  }

  // What is on the disk now is all that is left.
  async kill(): Promise<void> {
    const from = join(this.#root, String(this.#folders));
    const filter = (source: string) => !source.includes('.lock');
    await cp(from, join(this.#root, String(this.#folders + 1)), { recursive: true, filter });
    await this.stop();
    this.#folders += 1;
    await this.start();
  }

  async send(who: number, count: number, back: number): Promise<void> {
    const sender = this.#senders[who];
    if (sender === undefined) throw new Error('there is no such sender');
    // What was acknowledged long ago nobody sends again.
    const isIdle = this.#passed - sender.usedAt > IDLE_MS;
    const first = isIdle ? sender.next : Math.max(1, sender.next - back);
    const numbers = Array.from({ length: count }, (_, index) => first + index);
    const texts = numbers.map((number) => `${String(who)}/${String(sender.life)}/${String(number)}`);
    const answer = await this.#append({ messages: messageList(texts), producer: { id: sender.id, first } });
    if (answer === 'producer.gap') {
      expect(isIdle, 'forgotten too early').toBe(true);
      [sender.life, sender.next] = [sender.life + 1, 1];
      return this.send(who, count, 0);
    }
    const { duplicates } = answer;
    for (const text of texts.slice(0, duplicates)) expect(this.#stored, 'acknowledged').toContain(text);
    for (const text of texts.slice(duplicates)) {
      expect(this.#stored, 'stored twice').not.toContain(text);
      this.#stored.add(text);
    }
    sender.next = Math.max(sender.next, first + count);
    if (duplicates < count) sender.usedAt = this.#passed;
  }

  async #append(batch: Pick<Batch, 'messages' | 'producer'>): Promise<Committed | 'producer.gap'> {
    try {
      if (this.#writer === undefined) throw new Error('nothing is started');
      return await this.#writer.append({ user: USER, endpoint: '::1', ...batch });
    } catch (error) {
      if (error instanceof AppError && error.code === 'producer.gap') return error.code;
      throw error;
    }
  }

  fill(): Promise<unknown> {
    return this.#append({ messages: messageList(['x'.repeat(700)]) });
  }

  life(who: number): number {
    return this.#senders[who]?.life ?? 0;
  }

  pass(ms: number): void {
    this.#passed += ms;
  }

  async whileClockIsAhead(act: () => Promise<unknown>): Promise<void> {
    this.#ahead = JUMP_MS;
    await act();
    this.#ahead = 0;
  }

  async seal(isPacked: boolean): Promise<void> {
    const dumpPath = this.path;
    for (const segment of await listClosedSegments(dumpPath)) {
      if (this.#manifest?.segment(segment.name) !== undefined) continue;
      const facts = await doSealTask({ kind: 'seal', dumpPath, segment });
      if (facts === undefined) throw new Error('nothing was sealed');
      await this.#manifest?.append({ event: 'closed', ...facts, at: '' });
      const { sha256 } = facts;
      if (isPacked && segment.packing === 'none')
        await doSealTask({ kind: 'pack', dumpPath, segment, packing: 'gzip', sha256 });
    }
  }

  // As a crash leaves it that comes between the rename and the next record.
  async closeLive(isPacked: boolean): Promise<void> {
    await this.stop();
    await rename(this.path, closedSegmentForms(this.path, 1)[0] ?? '');
    await this.start();
    await this.seal(isPacked);
  }

  async removeOldest(): Promise<void> {
    const sealed = this.#manifest?.sealed[0];
    if (sealed === undefined) return;
    const { segment, first, last } = sealed;
    await this.#manifest?.append({ event: 'removed', segment, first, last, at: '' });
    await deleteFiles(closedSegmentForms(this.path, first));
    this.#isMissed = true;
  }

  async moveAway(): Promise<void> {
    const lock = new DumpLock(this.path, 5000, { isOwner: false });
    await lock.acquire();
    await rename(this.path, `${this.path}.moved-${String(this.#passed)}`);
    await lock.release();
    this.#isMissed = true;
    await this.fill();
  }

  // Of two files that know of what is no more one has to be left.
  async lose(suffixes: readonly string[]): Promise<void> {
    await this.stop();
    const isAllowed = suffixes.length === 1 || !this.#isMissed;
    if (isAllowed) for (const suffix of suffixes) await rm(this.path + suffix, { force: true });
    await this.start();
  }

  async numbers(): Promise<number[]> {
    const folder = join(this.path, '..');
    const names = (await readdir(folder)).filter((name) => /^dump.*ndjson$/.test(name));
    const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
    return texts.flatMap((text) => text.split('\n').flatMap((line) => ndjsonFormat.decode(line)?.seq ?? []));
  }
}

const anySend = fc
  .tuple(fc.nat(IDS.length - 1), fc.integer({ min: 1, max: 4 }), fc.nat(6))
  .map(([who, count, back]) => ({ name: 'send', act: (world: World) => world.send(who, count, back) }));
const anyLoss = fc
  .subarray(['.checkpoint', '.manifest', '.last-seq'], { minLength: 1 })
  .map((lost) => ({ name: `lose ${lost.join()}`, act: (world: World) => world.lose(lost) }));
const always = (name: string, act: (world: World) => unknown) => fc.constant({ name, act });
const anyStep = fc.oneof(
  { weight: 8, arbitrary: anySend },
  {
    weight: 3,
    arbitrary: always('pass', (world) => {
      world.pass(IDLE_MS + 1);
    }),
  },
  {
    weight: 2,
    arbitrary: always('pass a little', (world) => {
      world.pass(IDLE_MS / 3);
    }),
  },
  { weight: 2, arbitrary: always('fill', (world) => world.fill()) },
  { weight: 2, arbitrary: always('kill', (world) => world.kill()) },
  { weight: 1, arbitrary: always('restart', (world) => world.lose([])) },
  { weight: 2, arbitrary: always('seal', (world) => world.seal(false)) },
  { weight: 1, arbitrary: always('seal and pack', (world) => world.seal(true)) },
  { weight: 1, arbitrary: always('remove', (world) => world.removeOldest()) },
  { weight: 1, arbitrary: always('move', (world) => world.moveAway()) },
  { weight: 1, arbitrary: always('clock', (world) => world.whileClockIsAhead(() => world.fill())) },
  { weight: 2, arbitrary: anyLoss },
);

async function inWorld(act: (world: World) => Promise<void>): Promise<void> {
  await using directory = await temporaryDirectory();
  await mkdir(join(directory.path, '0'));
  const world = new World(directory.path);
  await world.start();
  try {
    await act(world);
    const numbers = await world.numbers();
    expect(new Set(numbers).size).toBe(numbers.length);
  } finally {
    await world.stop();
  }
}

test('A producer is acknowledged what is stored and nothing is stored twice, whatever is closed, lost or killed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { maxLength: 40, size: 'max' }), (steps) =>
      inWorld(async (world) => {
        for (const { act } of steps) await act(world);
      }),
    ),
    { numRuns: runsOf(160) },
  );
});

test.each([['.checkpoint'], ['.manifest'], ['.checkpoint', '.manifest']])(
  'A producer that was forgotten and has begun again goes on there without %s %s',
  (...lost) =>
    inWorld(async (world) => {
      await world.send(0, 100, 0);
      world.pass(IDLE_MS + 1);
      await world.fill();
      await world.fill();
      await world.send(0, 5, 0);
      expect(world.life(0)).toBe(2);
      await world.seal(true);
      await world.lose(lost);
      await world.send(0, 1, 0);
      await world.kill();
      await world.send(0, 4, 4);
    }),
);

test.each([
  [
    'moved away by another program',
    async (world: World) => {
      await world.moveAway();
      await world.kill();
    },
  ],
  [
    'packed, and neither the manifest nor the checkpoint is left',
    async (world: World) => {
      await world.fill();
      await world.fill();
      await world.seal(true);
      await world.lose(['.manifest', '.checkpoint', '.last-seq']);
    },
  ],
  [
    'closed while the clock was far ahead',
    async (world: World) => {
      await world.whileClockIsAhead(async () => {
        await world.fill();
        await world.fill();
      });
    },
  ],
])('A producer goes on when what it wrote was %s', (_what, act) =>
  inWorld(async (world) => {
    await world.send(0, 4, 0);
    await act(world);
    await world.send(0, 2, 2);
    await world.kill();
    await world.send(0, 2, 4);
    expect(world.life(0)).toBe(1);
  }),
);

test.each([false, true])(
  'Numbers go on behind a closed segment that nothing else tells of (packed: %s)',
  (isPacked) =>
    inWorld(async (world) => {
      await world.send(0, 4, 0);
      await world.fill();
      await world.closeLive(isPacked);
      await world.lose(['.manifest', '.checkpoint', '.last-seq']);
      expect(await world.fill()).toMatchObject({ last: 6 });
    }),
);
