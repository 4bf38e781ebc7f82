/** The last number of one producer, and when it was written, as it is kept in files. */
export interface ProducerMark {
  /** The user's name as it stands in the dump. */
  readonly user: string;
  /** Whose it is, whatever the user was called then; records do not have it. */
  readonly owner?: string | undefined;
  /** A UUID in lower case. */
  readonly id: string;
  readonly last: number;
  /** When the last of its records was written, in ms since 1970. */
  readonly at: number;
}

/**
 * A mark with its place in the dump: the number of the record that it is of, or of a later one up to which the producer
 * has no other. A producer that was forgotten begins at 1 again, so that the later mark is the right one and not the
 * higher.
 */
export interface PlacedMark extends ProducerMark {
  readonly seq: number;
}

/** A mark that still grows. */
export interface GrowingMark extends PlacedMark {
  last: number;
  at: number;
  seq: number;
}

export function noteInMark(mark: GrowingMark, number: number, at: number, seq: number): void {
  if (seq < mark.seq) return;
  mark.last = number;
  mark.at = at;
  mark.seq = seq;
}

/** Marks as of a place in the dump. */
export function placedAt(seq: number, marks: readonly ProducerMark[]): PlacedMark[] {
  return marks.map((mark) => ({ ...mark, seq }));
}

/** Marks as they are kept in files, which have the place by themselves. */
export function unplaced(marks: Iterable<PlacedMark>): ProducerMark[] {
  return Array.from(marks, ({ user, owner, id, last, at }) => {
    return owner === undefined ? { user, id, last, at } : { user, owner, id, last, at };
  });
}

/** The last numbers of producers. Of two for one producer that of the later record wins, whatever the order. */
export class ProducerMarks {
  readonly #marks = new Map<string, GrowingMark>();

  note({ user, owner, id, last, at, seq }: PlacedMark): void {
    noteInMark(this.of(user, id, owner), last, at, seq);
  }

  /** The mark of a producer, made if it is the first one; {@link noteInMark} notes more in it. */
  of(user: string, id: string, owner?: string): GrowingMark {
    // Neither a name nor an id has a space.
    const key = owner === undefined ? id + user : `${id}${user} ${owner}`;
    const known = this.#marks.get(key);
    if (known !== undefined) return known;
    const place = { id, last: 0, at: 0, seq: 0 };
    const mark = owner === undefined ? { user, ...place } : { user, owner, ...place };
    this.#marks.set(key, mark);
    return mark;
  }

  merge(marks: Iterable<PlacedMark>): void {
    for (const mark of marks) this.note(mark);
  }

  list(): PlacedMark[] {
    return Array.from(this.#marks.values(), (mark) => ({ ...mark }));
  }
}
