import type { AuditPage, AuditQuery, AuditVerification } from '../../../protocol/audit.js';
import { AppError } from '../../errors/app-error.js';
import type { Logger } from '../../observability/logger.js';
import { CHAIN_START, lineOf, link, type ChainEnd } from './audit-chain.js';
import { readAuditPage } from './audit-page.js';
import type { AuditEvent, AuditService } from './audit-service.js';
import { MOST_LINES_AT_ONCE, type AuditLine, type AuditStore } from './audit-store.js';
import { createRepeatedNotes } from './repeated-notes.js';
import { verifyAuditLog } from './verify-audit-log.js';

/** What the audit log needs. */
export interface AuditDeps {
  readonly store: AuditStore;
  /** 32 random bytes, which are not in the database: without them nobody makes a line that fits. */
  readonly auditKey: Buffer;
  /** The id of the user that has a name now, by which lines under its earlier names are found too. */
  readonly findUserId: (name: string) => Promise<string | undefined>;
  readonly clock: () => Date;
  readonly logger: Pick<Logger, 'error'>;
}

interface Waiting {
  readonly line: ReturnType<typeof lineOf>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Where the end of the log is kept outside the database; it is disposed of with the log. */
export interface KeptEnd extends AsyncDisposable {
  /** A line that was durable when it was kept last. */
  readonly known: ChainEnd;
  /** Keeps a later one. */
  readonly keep: (end: ChainEnd) => Promise<void>;
}

/** How many lines may wait for the database. */
const MOST_WAITING = 10_000;

const NOT_KEPT: KeptEnd = {
  known: CHAIN_START,
  keep: () => Promise.resolve(),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

/** Makes the audit log. There must be one only for a database. */
export function createAuditService(deps: AuditDeps, kept = NOT_KEPT): AuditService {
  return new AuditLog(deps, kept);
}

/**
 * One writer: what comes while it writes waits, and goes into the next insert, in the order of coming. The chain's end is
 * read from the database at first and whenever it is not certain that an insert has failed.
 */
class AuditLog implements AuditService {
  readonly #deps: AuditDeps;
  readonly #kept: KeptEnd;
  readonly #isRepeated: (event: AuditEvent) => boolean;
  #waiting: Waiting[] = [];
  #newest: Promise<void> | undefined;
  #writing: Promise<void> | undefined;
  #end: ChainEnd | undefined;
  /** The last line that is known to be durable: what was behind it was removed by somebody else. */
  #durable: ChainEnd;
  #isKept = true;
  #isClosed = false;

  constructor(deps: AuditDeps, kept: KeptEnd) {
    this.#deps = deps;
    this.#kept = kept;
    this.#durable = kept.known;
    this.#isRepeated = createRepeatedNotes(deps.clock);
  }

  append(event: AuditEvent): Promise<void> {
    if (this.#isClosed || this.#waiting.length >= MOST_WAITING)
      return Promise.reject(new AppError('database.unavailable'));
    const line = lineOf(event, this.#deps.clock());
    const written = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ line, resolve, reject });
    });
    this.#newest = written;
    this.#writing ??= this.#writeAll();
    return written;
  }

  async record(event: AuditEvent): Promise<void> {
    try {
      await this.append(event);
    } catch (error) {
      const { action, actor } = event;
      this.#deps.logger.error(
        { err: error, action, userId: actor.userId },
        'A line of the audit log could not be written and is lost.',
      );
    }
  }

  note(event: AuditEvent): void {
    if (!this.#isRepeated(event)) void this.record(event);
  }

  // With what was noted before somebody asked.
  async page(query: AuditQuery): Promise<AuditPage> {
    await Promise.allSettled([this.#newest]);
    return readAuditPage(query, this.#deps);
  }

  verify(): Promise<AuditVerification> {
    return verifyAuditLog(this.#deps.store, this.#deps.auditKey, [this.#kept.known, this.#durable]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#writing;
    await this.#kept[Symbol.asyncDispose]();
  }

  async #writeAll(): Promise<void> {
    // What is appended in the same turn goes into one insert.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MOST_LINES_AT_ONCE);
      try {
        await this.#write(batch);
        for (const { resolve } of batch) resolve();
      } catch (error) {
        this.#end = undefined;
        for (const { reject } of batch) reject(error);
      }
    }
    this.#writing = undefined;
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    const { store, auditKey } = this.#deps;
    let end: ChainEnd = this.#end ?? (await this.#findEnd());
    const lines: AuditLine[] = [];
    for (const { line } of batch) {
      const next = link(end, line, auditKey);
      lines.push(next);
      end = next;
    }
    await store.insert(lines);
    this.#end = { seq: end.seq, hash: end.hash };
    this.#durable = this.#end;
    await this.#keepEnd(this.#end);
  }

  // The lines are durable: that their end is not kept must not make anybody take them for lost.
  async #keepEnd(end: ChainEnd): Promise<void> {
    try {
      await this.#kept.keep(end);
      this.#isKept = true;
    } catch (error) {
      if (this.#isKept)
        this.#deps.logger.error(
          { err: error },
          'The end of the audit log cannot be kept outside the database.',
        );
      this.#isKept = false;
    }
  }

  // Where lines were removed behind what was durable, the chain goes on from there: the gap stays to be found.
  async #findEnd(): Promise<ChainEnd> {
    const last = (await this.#deps.store.last()) ?? CHAIN_START;
    return last.seq < this.#durable.seq ? this.#durable : last;
  }
}
