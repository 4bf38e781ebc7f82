/** Stands in the names of files that are not finished. */
export const UNFINISHED = '.unfinished-';

/** A file of the spool that is open. It stays the same file when its name is removed. */
export interface SpoolFile {
  /** Up to `length` bytes from `offset` on; fewer only at the end. */
  read(offset: number, length: number): Promise<Buffer>;
  /** Appends in one write, so that no other process's bytes come between. Rejects after a short write, too. */
  append(bytes: Uint8Array): Promise<void>;
  /** Resolves once all bytes that the file has are on the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The directory of a spool: what the spool needs of a file system, and no more. */
export interface SpoolFiles {
  /** The names of all that is there. */
  list(): Promise<string[]>;
  /** The size of a file in bytes; 0 where there is none. */
  size(name: string): Promise<number>;
  /** Opens a file; undefined where there is none and it is not to be made. */
  open(name: string, options: { readonly isMade: boolean }): Promise<SpoolFile | undefined>;
  /**
   * Makes a file that is durable, name and all, when this resolves, and is never seen in part. False where there is one of
   * that name. What a crash may leave of it has `UNFINISHED` in its name.
   */
  create(name: string, bytes: Uint8Array): Promise<boolean>;
  rename(from: string, to: string): Promise<void>;
  /** No error where there is no such file. */
  remove(name: string): Promise<void>;
  /** Resolves once all names in the directory are on the disk. */
  syncNames(): Promise<void>;
}
