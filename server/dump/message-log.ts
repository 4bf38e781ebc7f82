/** How many numbers a message takes in {@link MessageList.spans}. */
export const SPAN_STRIDE = 6;

/**
 * Messages as they stand in the request that brought them: JSON texts in one array of bytes, each of which can stand in a
 * line of the dump as it is: valid UTF-8, and nothing in it that ends a line or that a terminal obeys.
 */
export interface MessageList {
  readonly count: number;
  readonly bytes: Uint8Array;
  /**
   * For each message, {@link SPAN_STRIDE} positions in `bytes`: where the message begins and ends, its topic, its time.
   * What begins where it ends is not there.
   */
  readonly spans: Int32Array;
}

/** Messages of one sender that have been stored. */
export interface StoredMessages {
  /** As the records name the sender. */
  readonly user: string;
  readonly messages: MessageList;
  /** How many of them were stored now. */
  readonly count: number;
  /** Of these as JSON. */
  readonly bytes: number;
  /** How many were stored before: the first ones of the list, which count in nothing else here. */
  readonly duplicates: number;
}

/** Which numbers of a client's stream the messages of a batch have: the first one's, then one more each. */
export interface ProducerNumbers {
  /** A UUID in lower case. */
  readonly id: string;
  readonly first: number;
}

/** Messages of one sender that are stored all or not at all. */
export interface Batch {
  /** As the records name the sender: read when they are written. */
  readonly user: string;
  /** Whose the producer's numbers are, whatever the sender is called; the name where it is not given. */
  readonly owner?: string;
  readonly endpoint: string;
  readonly messages: MessageList;
  readonly producer?: ProducerNumbers | undefined;
  /** The connection to the feed that it came through. */
  readonly origin?: object | undefined;
  /** What it is a part of: when one part has failed, those behind it are not stored either. They wait for room by themselves. */
  readonly stream?: { hasFailed: boolean };
}

/** How a batch now stands in the dump, durably. */
export interface Committed {
  /** How many messages were written now. */
  readonly accepted: number;
  /** How many were there already, by their numbers; they are the first ones of the batch. */
  readonly duplicates: number;
  /** The place in the dump of the last one that was written now; 0 where none was. */
  readonly last: number;
}

/** Where messages go. What is behind it, a file or a stream, is not the senders' business. */
export interface MessageLog {
  /**
   * Stores a batch, all of it or nothing, and resolves when it is durable.
   *
   * @throws AppError `dump.…`, retryable: nothing of the batch is stored; `producer.gap`, `producer.too_many`
   */
  append(batch: Batch): Promise<Committed>;
  /**
   * Resolves when messages have room in the queue, in the order in which it was asked for. Half of the queue is left to those who do not
   * ask. The room is held until it is disposed of: to be done when they have been appended.
   */
  room(messages: MessageList): Promise<Disposable>;
  /** The last number of an owner's producer that is stored durably; 0 where there is none. */
  lastNumber(owner: string, producerId: string): number;
}
