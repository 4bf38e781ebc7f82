/** Records that have just become durable, all in one commit, as those see it who follow the dump. */
export interface DurableRecords {
  /** The numbers of the first and last one; they follow each other without gaps. */
  readonly first: number;
  readonly last: number;
  /** Their lines as they stand in the dump, in order, and perhaps a header before them. Good until the call returns. */
  readonly lines: Buffer;
  /** Of those that came through a connection to the feed, by which one. */
  readonly origins: ReadonlyMap<number, object>;
}
