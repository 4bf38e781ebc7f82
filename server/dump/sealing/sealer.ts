import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { syncDirectory } from '../../data-directory/sync-directory.js';
import type { Logger } from '../../observability/logger.js';
import { canPack } from './block-codec.js';
import type { Manifest } from './manifest.js';
import { findExpired, type Retention } from './retention.js';
import { deleteFiles, type SealedFacts, type SealTask } from './seal-segment.js';
import {
  DRAFT_SUFFIX,
  indexPath,
  listClosedSegments,
  otherForms,
  parseSegmentName,
  type ClosedSegment,
  type Packing,
} from '../segments/segment-names.js';

const RETRY_EVERY_MS = 60_000;

/** What a {@link Sealer} needs. */
export interface SealerOptions {
  /** The live file. */
  readonly dumpPath: string;
  readonly manifest: Manifest;
  readonly compression: Packing;
  readonly retention: Retention;
  /** The compiled `seal-worker.js`. */
  readonly workerPath: string | URL;
  readonly clock: () => Date;
  readonly logger: Logger;
}

/**
 * Seals closed segments in the background, one at a time and in order, packs them, and deletes those that need not be
 * kept. Whatever fails is logged and tried again, at the next {@link wake} or a minute later; whatever a crash has left
 * half done is done again.
 */
export class Sealer implements AsyncDisposable {
  readonly #options: SealerOptions;
  readonly #packing: 'gzip' | 'zstd' | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #indexed = new Set<string>();
  #worker: Worker | undefined;
  #running: Promise<void> | undefined;
  #isWanted = false;
  #isClosing = false;

  constructor(options: SealerOptions) {
    this.#options = options;
    const { compression, logger } = options;
    this.#packing = compression !== 'none' && canPack(compression) ? compression : undefined;
    if (compression !== 'none' && this.#packing === undefined) {
      logger.warn({ compression }, 'This Node cannot compress so: closed segments stay as they are.');
    }
    this.#timer = setInterval(() => {
      this.wake();
    }, RETRY_EVERY_MS).unref();
  }

  /** Has whatever there is to do done, soon. To be called at start and after each rotation. */
  wake(): void {
    if (this.#isClosing) return;
    this.#isWanted = true;
    this.#running ??= this.#run();
  }

  /** Resolves when all that there was to do is done, or has failed for now. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** Ends what is under way; it is done again at the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true;
    clearInterval(this.#timer);
    await this.#worker?.terminate();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#isWanted && !this.#isClosing) {
      this.#isWanted = false;
      await this.#attempt('The files of the dump could not be looked through.', () => this.#doRound());
    }
    this.#running = undefined;
  }

  async #doRound(): Promise<void> {
    const { dumpPath } = this.#options;
    await this.#deleteDrafts();
    for (const segment of await listClosedSegments(dumpPath)) {
      // In order, so that the manifest is; the next ones have to wait for one that cannot be sealed.
      if (!(await this.#attemptWith(segment, 'sealed', () => this.#seal(segment)))) break;
    }
    for (const segment of await listClosedSegments(dumpPath)) {
      await this.#attemptWith(segment, 'packed', () => this.#tidy(segment));
    }
    await this.#attempt('Old segments of the dump could not be deleted.', () => this.#retain());
  }

  async #seal(segment: ClosedSegment): Promise<void> {
    const { manifest, logger, clock } = this.#options;
    const known = manifest.segment(segment.name);
    if (known?.isRemoved === false) return;
    const facts = await this.#do({ kind: 'seal', dumpPath: this.#options.dumpPath, segment });
    if (facts === undefined) return;
    this.#indexed.add(segment.name);
    if (known?.sealed.sha256 === facts.sha256) {
      // It was about to be deleted when the machine stopped.
      await this.#delete(segment);
      return;
    }
    await manifest.append({ event: 'closed', ...facts, at: clock().toISOString() });
    const { count, first, last } = facts;
    logger.info({ segment: segment.name, count, first, last }, 'A segment of the dump was sealed.');
  }

  // Sees that a sealed segment has its index and lies there in one form only.
  async #tidy(segment: ClosedSegment): Promise<void> {
    const { manifest, dumpPath } = this.#options;
    const known = manifest.segment(segment.name);
    if (known === undefined || known.isRemoved) return;
    if (segment.packing === 'none' && this.#packing !== undefined) {
      const { sha256 } = known.sealed;
      await this.#do({ kind: 'pack', dumpPath, segment, packing: this.#packing, sha256 });
    } else if (!this.#indexed.has(segment.name)) await this.#do({ kind: 'index', dumpPath, segment });
    this.#indexed.add(segment.name);
    await this.#deleteSpares(segment.name);
  }

  async #deleteSpares(name: string): Promise<void> {
    const { dumpPath } = this.#options;
    const segment = (await listClosedSegments(dumpPath)).find((each) => each.name === name);
    if (segment !== undefined) await deleteFiles(otherForms(dumpPath, segment));
  }

  async #retain(): Promise<void> {
    const { dumpPath, manifest, retention, clock, logger } = this.#options;
    if (this.#isClosing || (retention.ageMs === 0 && retention.bytes === 0)) return;
    const segments = await listClosedSegments(dumpPath);
    for (const { segment, isTooOld } of await findExpired(dumpPath, segments, manifest, retention, clock())) {
      if (this.#mustEnd()) return;
      const { first = 0, last = 0 } = manifest.segment(segment.name)?.sealed ?? {};
      const at = clock().toISOString();
      // The entry first: a file that is left then is deleted at the next start, and nobody misses one that is gone.
      await manifest.append({ event: 'removed', segment: segment.name, first, last, at });
      await this.#delete(segment);
      logger.info(
        { segment: segment.name, first, last },
        isTooOld
          ? 'A segment of the dump was old enough to be deleted.'
          : 'The dump was large enough for its oldest segment to be deleted.',
      );
    }
  }

  async #delete(segment: ClosedSegment): Promise<void> {
    const { dumpPath } = this.#options;
    this.#indexed.delete(segment.name);
    await deleteFiles([segment.path, ...otherForms(dumpPath, segment), indexPath(dumpPath, segment.name)]);
    await syncDirectory(dirname(dumpPath));
  }

  // It may have been said meanwhile.
  #mustEnd(): boolean {
    return this.#isClosing;
  }

  // What a task that was interrupted has left of a file that was to be.
  async #deleteDrafts(): Promise<void> {
    const { dumpPath } = this.#options;
    const directory = dirname(dumpPath);
    const drafts = (await readdir(directory)).filter((name) => isDraft(dumpPath, name));
    await deleteFiles(drafts.map((name) => join(directory, name)));
  }

  async #attemptWith(segment: ClosedSegment, what: string, act: () => Promise<void>): Promise<boolean> {
    if (this.#isClosing) return false;
    return this.#attempt(`A segment of the dump could not be ${what}; it is tried again.`, act, segment.path);
  }

  async #attempt(sentence: string, act: () => Promise<void>, path?: string): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (error) {
      if (!this.#isClosing) this.#options.logger.warn({ err: error, path }, sentence);
      return false;
    }
  }

  async #do(task: SealTask): Promise<SealedFacts | undefined> {
    if (this.#isClosing) throw new Error('gatherd is ending');
    this.#worker = new Worker(this.#options.workerPath, { workerData: task });
    try {
      return await resultOf(this.#worker);
    } finally {
      this.#worker = undefined;
    }
  }
}

function resultOf(worker: Worker): Promise<SealedFacts | undefined> {
  return new Promise((resolve, reject) => {
    let answer: { readonly facts: SealedFacts | undefined } | undefined;
    worker.once('message', (facts: SealedFacts | undefined) => {
      answer = { facts };
    });
    worker.once('error', reject);
    worker.once('exit', () => {
      if (answer === undefined) reject(new Error('The thread that seals segments has ended.'));
      else resolve(answer.facts);
    });
  });
}

function isDraft(dumpPath: string, name: string): boolean {
  if (!name.endsWith(DRAFT_SUFFIX)) return false;
  const stem = name.slice(0, -DRAFT_SUFFIX.length).replace(/\.index$/, '');
  return parseSegmentName(dumpPath, stem) !== undefined;
}
