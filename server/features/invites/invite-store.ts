/** An invite as the database keeps it: of its code only a hash. */
export interface Invite {
  readonly id: string;
  readonly codeHash: string;
  readonly note: string | null;
  /** The name of who made it. */
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly usedAt: Date | null;
  /** The name of the account that was made with it. */
  readonly usedBy: string | null;
}

/** A use of an invite: whose, and when. */
export interface InviteUse {
  readonly codeHash: string;
  readonly usedBy: string;
  readonly usedAt: Date;
}

/** Where invites are kept. Every method throws AppError `database.…` when the database does not answer. */
export interface InviteStore {
  insert(invite: Invite): Promise<void>;
  /** Uses an invite that is unused and has not expired, in one statement; answers whether there was one. */
  use(use: InviteUse): Promise<boolean>;
  /** Makes an invite unused again, if this was its use. */
  giveBack(use: InviteUse): Promise<void>;
  /** All, the newest first. */
  list(): Promise<readonly Invite[]>;
  /** Answers the one that was removed; undefined where there was none. */
  remove(id: string): Promise<Invite | undefined>;
  /** Removes those that expired or were used before a time. */
  removeOld(before: Date): Promise<void>;
}
