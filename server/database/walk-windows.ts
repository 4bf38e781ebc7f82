import { setImmediate } from 'node:timers/promises';

const WINDOW_ROWS = 10_000;

/** Rows behind one key, and up to another one where there is one. */
export interface KeyRange<Key> {
  readonly gt: Key;
  readonly lte?: Key;
}

/** How the rows of a table are walked through in the order of a key. */
export interface Walk<Key, Row> {
  /** Rows begin behind this key. */
  readonly after: Key;
  /** Rows that are read at once. */
  readonly atOnce: number;
  /** The key that so many rows are skipped to behind another one; undefined where there are not as many. */
  readonly skipTo: (after: Key, rows: number) => Promise<Key | undefined>;
  /** The first wanted rows of a range, `atOnce` at the most. */
  readonly read: (range: KeyRange<Key>) => Promise<readonly Row[]>;
  readonly keyOf: (row: Row) => Key;
}

/**
 * Walks through the wanted rows of a table, some at a time. A statement of SQLite is done in one go, in this thread: so each looks at no
 * more than a window of 10,000 rows, and answers a few of them.
 */
export async function* walkWindows<Key, Row>(walk: Walk<Key, Row>): AsyncGenerator<readonly Row[]> {
  const { atOnce, skipTo, read, keyOf } = walk;
  for (let begin: Key | undefined = walk.after; begin !== undefined;) {
    const end: Key | undefined = await skipTo(begin, WINDOW_ROWS);
    let after: Key | undefined = begin;
    while (after !== undefined) {
      const rows: readonly Row[] = await read({ gt: after, ...(end === undefined ? {} : { lte: end }) });
      yield rows;
      const last = rows.at(-1);
      after = rows.length < atOnce || last === undefined ? undefined : keyOf(last);
      await setImmediate();
    }
    begin = end;
  }
}

/** The longest piece of a text that LIKE takes for nothing else than it is; what is found by it is to be looked at again. */
export function likePiece(text: string): string {
  return text.split(/[%_]/).reduce((best, each) => (each.length > best.length ? each : best));
}
