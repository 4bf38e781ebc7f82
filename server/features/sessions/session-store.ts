/** A live session: what one token stands for. */
export interface Session {
  readonly id: string;
  readonly userId: string;
  /** As the dump names the user. */
  readonly userName: string;
  /** The endpoint the token was issued to. */
  readonly endpoint: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/** What the database keeps of a user at an endpoint, sessions aside. */
export interface EndpointRow {
  readonly userId: string;
  readonly endpoint: string;
  /** Whether a handshake is open. */
  readonly isOpen: boolean;
  readonly identifiedAt: Date;
  /** When a password was last right here; null: never. */
  readonly provenAt: Date | null;
}

/** Where states and sessions survive a restart. Every method throws AppError `database.…`. */
export interface SessionStore {
  /** Every open handshake, and every session that is live at a time. */
  load(now: Date): Promise<{ endpoints: readonly EndpointRow[]; sessions: readonly Session[] }>;
  findEndpoint(userId: string, endpoint: string): Promise<EndpointRow | undefined>;
  saveEndpoint(row: EndpointRow): Promise<void>;
  /** Notes that a handshake is closed; there may be none. Of an endpoint that is not proven nothing stays. */
  closeEndpoint(userId: string, endpoint: string): Promise<void>;
  insertSession(session: Session): Promise<void>;
  deleteSession(sessionId: string): Promise<void>;
  /** Deletes sessions that have expired and endpoints that nobody has identified at since a time. */
  deleteOld(now: Date, identifiedBefore: Date): Promise<void>;
}
