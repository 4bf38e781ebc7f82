import type { AuditAction, AuditDoor } from '../../../protocol/audit.js';

/** A line of the audit log as the database keeps it. */
export interface AuditLine {
  /** Counts from 1 without gaps. */
  readonly seq: number;
  readonly at: Date;
  readonly action: AuditAction;
  readonly outcome: 'done' | 'refused';
  readonly actorId: string | null;
  readonly actor: string | null;
  readonly subjectId: string | null;
  readonly subject: string | null;
  readonly endpoint: string;
  readonly door: AuditDoor;
  /** JSON, an object; null where there are none. */
  readonly details: string | null;
  /** Covers this line and the hash of the one before; see `audit-chain.ts`. */
  readonly hash: string;
}

/** Which lines are looked for. */
export interface AuditFilter {
  readonly action?: AuditAction | undefined;
  readonly outcome?: 'done' | 'refused' | undefined;
  /** Who did it, or to whom: somebody of this name then, or the user of this id. */
  readonly user?: { readonly name: string; readonly id: string | undefined } | undefined;
  readonly door?: AuditDoor | undefined;
  /** Milliseconds since 1970, with a half where it is finer; a line's time is later than this. */
  readonly since?: number | undefined;
  /** The same; a line's time is earlier than this. */
  readonly until?: number | undefined;
}

/** Where the audit log is kept. Every method throws AppError `database.…` when the database does not answer. */
export interface AuditStore {
  /** The newest line; undefined where there is none. */
  last(): Promise<Pick<AuditLine, 'seq' | 'hash'> | undefined>;
  /** Inserts all of them, durably, or none. @param lines - at most {@link MOST_LINES_AT_ONCE} */
  insert(lines: readonly AuditLine[]): Promise<void>;
  /** Lines behind a number, oldest first. */
  after(seq: number, limit: number): Promise<readonly AuditLine[]>;
  /** Lines that match among those from `from` up to, and without, `before`: newest first. */
  find(
    filter: AuditFilter,
    range: { readonly from: number; readonly before: number },
    limit: number,
  ): Promise<readonly AuditLine[]>;
  count(): Promise<number>;
}

/** The most lines of one insert, which is one statement: SQLite takes 999 values in it. */
export const MOST_LINES_AT_ONCE = 80;
