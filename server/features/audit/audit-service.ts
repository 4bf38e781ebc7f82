import type {
  AuditAction,
  AuditDoor,
  AuditPage,
  AuditQuery,
  AuditVerification,
} from '../../../protocol/audit.js';

/** Who asks for something, from where, and by which door. */
export interface Actor {
  /** Undefined where nobody is known, and for a command of the operator. */
  readonly userId?: string | undefined;
  /** The user's name at the time; where a login is refused, of the user whom it was said to be. */
  readonly name?: string | undefined;
  /** The address; for a command of the operator `local`. */
  readonly endpoint: string;
  readonly door: AuditDoor;
}

/** Something that the audit log keeps. */
export interface AuditEvent {
  readonly action: AuditAction;
  /** `done` where it is left out. */
  readonly outcome?: 'done' | 'refused';
  readonly actor: Actor;
  /** On whom or what. */
  readonly subject?: { readonly id?: string | undefined; readonly name: string } | undefined;
  /** What is known besides: never a secret, a password or a token. */
  readonly details?: Readonly<Record<string, string | number | boolean | null | readonly string[]>>;
}

/** The audit log: appended, never changed, each line's hash covering the one before. */
export interface AuditService extends AsyncDisposable {
  /** Appends a line and resolves when it is durable. @throws AppError `database.…` */
  append(event: AuditEvent): Promise<void>;
  /** Like {@link append}, for what has been done already and cannot fail any more: a failure is logged. */
  record(event: AuditEvent): Promise<void>;
  /**
   * Appends a line without making anybody wait; a failure is logged. Of the same refusal of the same actor, and of
   * the same reading, one line a minute is kept, so that nobody fills the disk with them.
   */
  note(event: AuditEvent): void;
  /** A page, the newest first. @throws AppError `database.…` */
  page(query: AuditQuery): Promise<AuditPage>;
  /** Reads the whole log and checks its chain of hashes. */
  verify(): Promise<AuditVerification>;
}
