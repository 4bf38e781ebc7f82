/** What a data key is for. */
export type KeyPurpose = 'fields' | 'lookup' | 'audit';

/** A data key as it is kept: sealed by the master key. */
export interface WrappedKey {
  /** The purpose and a number, which counts from 1 for each purpose: `fields-1`. */
  readonly id: string;
  readonly purpose: KeyPurpose;
  /** See `master-key.ts`. */
  readonly wrapped: string;
  readonly createdAt: Date;
}

/** Columns of a table that hold sealed texts. */
export interface SealedColumns {
  readonly table: string;
  readonly columns: readonly string[];
}

/** Where data keys are kept. Every method throws AppError `database.…` when the database does not answer. */
export interface DataKeyStore {
  list(): Promise<readonly WrappedKey[]>;
  /** Inserts all of them or none; answers whether it did, that is, whether their ids were free. */
  insert(keys: readonly WrappedKey[]): Promise<boolean>;
  /** Replaces what is kept of all data keys at once; answers false, and does nothing, where these are not all there are. */
  replaceAll(keys: readonly Pick<WrappedKey, 'id' | 'wrapped'>[]): Promise<boolean>;
  /** Removes a data key if nothing in some columns is sealed under it, as one statement; answers whether it did. */
  removeUnused(id: string, places: readonly SealedColumns[]): Promise<boolean>;
  /** Whether there is anything that was sealed or chained with data keys, which then must have been there. */
  hasTraces(): Promise<boolean>;
  /**
   * Takes what was removed or replaced out of the files: its place in the database is overwritten, and the write-ahead log is
   * emptied. Another program that reads the database may put that off.
   */
  erase(): Promise<void>;
  /** Resolves when every write that has begun is done. */
  settled(): Promise<void>;
}
