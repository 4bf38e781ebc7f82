import type { StoredMessagesPage } from '../../../../protocol/stored-messages.js';
import { reachedBy, recordRow, type Row } from './row.js';

/** Where reading goes on towards older messages. */
export interface OlderEdge {
  /** Only records before this number. */
  readonly before: number;
  readonly cursor?: string;
}

/** Where reading goes on towards newer messages. */
export interface NewerEdge {
  /** Only records behind this number. */
  readonly after: number;
  /** With these, a reading of the records up to (without) `before` that is not at its end. */
  readonly cursor?: string;
  readonly before?: number;
}

/**
 * A stretch of the stored messages: all that fit the filter between its two edges, oldest first, each once. Whatever it does not
 * hold can be read again at one of its edges, so there is never a hole in it that is not told.
 */
export interface MessageWindow {
  readonly rows: readonly Row[];
  /** Undefined where there is nothing older. */
  readonly older: OlderEdge | undefined;
  readonly newer: NewerEdge;
}

/** A window with nothing in it yet, behind a record. @param seq - the record's number; 0 for the beginning of all */
export function windowBehind(seq: number): MessageWindow {
  return { rows: [], older: { before: seq + 1 }, newer: { after: seq } };
}

/** The window with a page that was read at its older edge; as it was where the edge is another one by now. */
export function withOlderPage(
  window: MessageWindow,
  edge: OlderEdge,
  page: StoredMessagesPage,
): MessageWindow {
  if (window.older !== edge) return window;
  return {
    ...window,
    rows: [...page.messages.map(recordRow).reverse(), ...window.rows],
    older: page.next === null ? undefined : { before: edge.before, cursor: page.next },
  };
}

/**
 * The window with a page that was read at its newer edge; as it was where the edge is another one by now.
 *
 * @param before - up to where (without it) was read
 */
export function withNewerPage(
  window: MessageWindow,
  edge: NewerEdge,
  before: number,
  page: StoredMessagesPage,
): MessageWindow {
  if (window.newer !== edge) return window;
  return {
    ...window,
    rows: [...window.rows, ...page.messages.map(recordRow)],
    newer: page.next === null ? { after: before - 1 } : { after: edge.after, before, cursor: page.next },
  };
}

/** Up to which record all is in the window; undefined while a reading is under way. */
export function reachedSeq({ newer }: MessageWindow): number | undefined {
  return newer.cursor === undefined ? newer.after : undefined;
}

/**
 * The window with rows that follow upon it without a hole.
 *
 * @param reached - up to which record all has been looked at
 */
export function withRowsBehind(window: MessageWindow, rows: readonly Row[], reached: number): MessageWindow {
  return {
    ...window,
    rows: rows.length === 0 ? window.rows : [...window.rows, ...rows],
    newer: { after: reached },
  };
}

/** The window with no more rows than this: what is too much goes from the end that is not to be kept, and can be read again there. */
export function trimmed(window: MessageWindow, keep: 'older' | 'newer', maxRows: number): MessageWindow {
  const { rows } = window;
  if (rows.length <= maxRows) return window;
  if (keep === 'newer') {
    const kept = rows.slice(rows.length - maxRows);
    return { ...window, rows: kept, older: { before: Math.ceil(kept[0]?.place ?? 0) } };
  }
  const kept = rows.slice(0, maxRows);
  const last = kept.at(-1);
  return { ...window, rows: kept, newer: { after: last === undefined ? 0 : reachedBy(last) } };
}
