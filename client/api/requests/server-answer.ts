import type { AxiosResponse } from 'axios';
import * as z from 'zod';
import { gatherAnswer, type GatherAnswer } from '../../../protocol/gather-messages.js';
import type { Problem } from '../gather-error.js';

/** A refusal that gatherd itself has written. */
export interface ServerRefusal {
  readonly status: number;
  readonly text: string;
  /** Where it is in the form of `/v1`. */
  readonly problem?: Problem | undefined;
}

/** As much of a response as an answer is read from. */
export interface AnswerParts extends Pick<AxiosResponse<unknown>, 'status' | 'data'> {
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, unknown>>;
}

const count = z.number().int().nonnegative();

// RFC 9457, with the stable code that gatherd adds: other servers have problems, too, but not its codes.
const problemDetails = z.looseObject({
  status: z.number().int(),
  detail: z.string(),
  code: z.string().regex(/^[a-z_]+\.[a-z_]+$/),
  field: z.string().optional(),
  reason: z.string().optional(),
  line: count.optional(),
  accepted: count.optional(),
  duplicates: count.optional(),
  last: count.nullish(),
  expected: count.optional(),
  number: count.optional(),
});

/** The answer of contract 1 in a response; undefined where there is none, which a proxy's error page is an example of. */
export function answerIn(response: AnswerParts): GatherAnswer | undefined {
  return gatherAnswer.safeParse(jsonIn(response)).data;
}

/** Whether an answer says that the request was carried out. The original's HTTP status is always 200, so its own counts. */
export function isSuccess(answer: GatherAnswer | undefined): answer is GatherAnswer {
  return answer !== undefined && answer.status_code >= 200 && answer.status_code < 300;
}

/** What gatherd says in a response, in either of its two forms; undefined where something else has answered. */
export function refusalIn(response: AnswerParts): ServerRefusal | undefined {
  const answer = answerIn(response);
  if (answer !== undefined) return { status: answer.status_code, text: answer.status_message };
  if (!/^application\/problem\+json\b/i.test(String(response.headers['content-type']))) return undefined;
  const problem = problemIn(jsonIn(response));
  return problem === undefined ? undefined : { status: problem.status, text: problem.detail, problem };
}

/** The problem details of gatherd that a value is; undefined where it is something else. */
export function problemIn(value: unknown): Problem | undefined {
  return problemDetails.safeParse(value).data;
}

function jsonIn(response: AnswerParts): unknown {
  return parsedJson(String(response.data));
}

/** The value of a JSON text; undefined where it is none. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
