/** The last number of one producer of one user, and when it was written. */
export interface ProducerMark {
  /** The user's name as it stands in the dump. */
  readonly user: string;
  /** A UUID in lower case. */
  readonly id: string;
  readonly last: number;
  /** When the last of its records was written, in ms since 1970. */
  readonly at: number;
}

/** A mark that is still being raised. */
export interface GrowingMark extends ProducerMark {
  last: number;
  at: number;
}

export function raiseMark(mark: GrowingMark, number: number, at: number): void {
  if (number > mark.last) mark.last = number;
  if (at > mark.at) mark.at = at;
}

/** The last numbers of producers. Where one is told of twice the higher number wins, whatever the order. */
export class ProducerMarks {
  readonly #marks = new Map<string, GrowingMark>();

  note(user: string, id: string, number: number, at: number): void {
    raiseMark(this.of(user, id, number, at), number, at);
  }

  /** The mark of a producer, made if it is the first one; {@link raiseMark} notes more in it. */
  of(user: string, id: string, number: number, at: number): GrowingMark {
    const known = this.#marks.get(id + user);
    if (known !== undefined) return known;
    const mark = { user, id, last: number, at };
    this.#marks.set(id + user, mark);
    return mark;
  }

  merge(marks: Iterable<ProducerMark>): void {
    for (const { user, id, last, at } of marks) this.note(user, id, last, at);
  }

  list(): ProducerMark[] {
    return Array.from(this.#marks.values(), (mark) => ({ ...mark }));
  }
}
