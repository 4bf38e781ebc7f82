import * as z from 'zod';
import { producerState } from '../../../protocol/stored-messages.js';
import { type Problem } from '../gather-error.js';
import { parsedJson, problemIn } from '../requests/server-answer.js';

const count = z.number().int().nonnegative();

const storedCounts = z.looseObject({
  accepted: count,
  duplicates: count,
  last: count.nullable(),
  done: z.boolean().optional(),
});

/** What became of a request's messages. */
export interface StoredCounts {
  /** How many were written. */
  readonly accepted: number;
  /** How many were known already by their producer's numbers. */
  readonly duplicates: number;
  /** The `seq` of the last record that this request stored; null where it stored none. */
  readonly last: number | null;
}

/** What a line of a streamed answer says. */
export type AnswerLine =
  | { readonly kind: 'counts'; readonly counts: StoredCounts; readonly isDone: boolean }
  | { readonly kind: 'problem'; readonly problem: Problem };

/** Reads one line of an answer to `POST /v1/messages`, or an answer as a whole; undefined where it is something else. */
export function answerLine(text: string): AnswerLine | undefined {
  const value = parsedJson(text);
  const counts = storedCounts.safeParse(value).data;
  // A problem has the counts among its members, too.
  const problem = problemIn(value);
  if (problem !== undefined) return { kind: 'problem', problem };
  if (counts === undefined) return undefined;
  const { accepted, duplicates, last, done } = counts;
  return { kind: 'counts', counts: { accepted, duplicates, last }, isDone: done === true };
}

/** The number in an answer to `GET /v1/producers/{id}`; undefined where it is something else. */
export function lastNumberIn(text: string): number | undefined {
  return producerState.safeParse(parsedJson(text)).data?.last;
}
