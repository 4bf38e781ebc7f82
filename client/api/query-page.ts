import { type StoredMessagesPage, storedMessagesPage } from '../../protocol/stored-messages.js';
import { parsedJson } from './requests/server-answer.js';

/** Which stored messages are asked for; what is left out does not narrow it down. */
export interface QueryFilter {
  /** A `seq` in digits, or a time (RFC 3339): only what comes after it. */
  readonly after?: string | undefined;
  /** A `seq` in digits, or a time (RFC 3339): only what comes before it. */
  readonly before?: string | undefined;
  readonly user?: string | undefined;
  readonly topic?: string | undefined;
  /** A part of the text, upper and lower case told apart. */
  readonly contains?: string | undefined;
  /** The most messages of one page, 1 to 1,000; the server's default is 100. */
  readonly limit?: number | undefined;
  /** `newest` is the server's default. */
  readonly order?: 'newest' | 'oldest' | undefined;
  /** Where the page before this one ended; all else must be as it was. */
  readonly cursor?: string | undefined;
}

/** The page in an answer; undefined where it is something else. */
export function queryPageIn(text: string): StoredMessagesPage | undefined {
  return storedMessagesPage.safeParse(parsedJson(text)).data;
}

/** A path with a filter as its query: texts and numbers by name; what is undefined is left out. */
export function queryPath(path: string, filter: object): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter) as [string, string | number | undefined][]) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}
