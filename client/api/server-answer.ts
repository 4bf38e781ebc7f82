import type { AxiosResponse } from 'axios';
import { z } from 'zod';
import { gatherAnswer, type GatherAnswer } from '../../protocol/gather-messages.js';

/** A refusal that gatherd itself has written. */
export interface ServerRefusal {
  readonly status: number;
  readonly text: string;
}

// RFC 9457, with the stable code that gatherd adds: other servers have problems, too, but not its codes.
const problemDetails = z.looseObject({
  status: z.number().int(),
  detail: z.string(),
  code: z.string().regex(/^[a-z_]+\.[a-z_]+$/),
});

/** The answer of contract 1 in a response; undefined where there is none, which a proxy's error page is an example of. */
export function answerIn(response: AxiosResponse<unknown>): GatherAnswer | undefined {
  return gatherAnswer.safeParse(jsonIn(response)).data;
}

/** Whether an answer says that the request was carried out. The original's HTTP status is always 200, so its own counts. */
export function isSuccess(answer: GatherAnswer | undefined): answer is GatherAnswer {
  return answer !== undefined && answer.status_code >= 200 && answer.status_code < 300;
}

/** What gatherd says in a response, in either of its two forms; undefined where something else has answered. */
export function refusalIn(response: AxiosResponse<unknown>): ServerRefusal | undefined {
  const answer = answerIn(response);
  if (answer !== undefined) return { status: answer.status_code, text: answer.status_message };
  if (!/^application\/problem\+json\b/i.test(String(response.headers['content-type']))) return undefined;
  const problem = problemDetails.safeParse(jsonIn(response)).data;
  return problem === undefined ? undefined : { status: problem.status, text: problem.detail };
}

function jsonIn(response: AxiosResponse<unknown>): unknown {
  try {
    return JSON.parse(String(response.data));
  } catch {
    return undefined;
  }
}
