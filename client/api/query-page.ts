import { z } from 'zod';
import type { JsonValue } from '../../protocol/json-value.js';
import { parsedJson } from './server-answer.js';

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

/** A message as the server has stored it. */
export interface StoredMessage {
  readonly seq: number;
  /** When it was stored: ISO 8601 in UTC. */
  readonly at: string;
  readonly user: string;
  readonly endpoint: string;
  readonly message: JsonValue;
  readonly topic?: string | undefined;
  /** The sender's own clock, where it gave one. */
  readonly time?: string | undefined;
  readonly producer?: string | undefined;
  readonly number?: number | undefined;
}

/** Some stored messages, and where the next ones begin. */
export interface QueryPage {
  /** May be fewer than were asked for, or none, and there may still be more. */
  readonly messages: readonly StoredMessage[];
  /** The cursor of the next page; null where there is none. */
  readonly next: string | null;
}

const storedMessage = z.looseObject({
  seq: z.number().int(),
  at: z.string(),
  user: z.string(),
  endpoint: z.string(),
  message: z.custom<JsonValue>((value) => value !== undefined),
  topic: z.string().optional(),
  time: z.string().optional(),
  producer: z.string().optional(),
  number: z.number().int().optional(),
});

const queryPage = z.looseObject({ messages: z.array(storedMessage), next: z.string().nullable() });

/** The page in an answer; undefined where it is something else. */
export function queryPageIn(text: string): QueryPage | undefined {
  return queryPage.safeParse(parsedJson(text)).data;
}

/** A path with a filter as its query. */
export function queryPath(path: string, filter: QueryFilter): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}
