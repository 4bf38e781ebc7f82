import { createHash } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { CONSOLE_HEADER } from '../../../protocol/console.js';
import { IDEMPOTENCY_HEADER, IDEMPOTENCY_KEY } from '../../../protocol/idempotency.js';
import { AppError } from '../../errors/app-error.js';
import { keepBody } from '../bodies/read-ahead.js';
import type { AskerOf } from './asker-of.js';
import type { RememberedAnswers } from './remembered-answers.js';
import { giveAgain, tellAnswer } from './whole-answers.js';

/** What keys of requests are kept with. */
export interface IdempotencyOptions {
  readonly askerOf: AskerOf;
  /** Rejects with an AppError where a body is not taken. */
  readonly readBody: (request: Request) => Promise<Buffer>;
  readonly answers: RememberedAnswers;
}

/** Headers that decide what a request does, beside its body and who asks. */
const DECIDING = ['content-type', 'origin', CONSOLE_HEADER.toLowerCase()] as const;

/**
 * Makes what lets a POST be sent again: one with the header `Idempotency-Key` is carried out once, and each further one of the same
 * key gets the answer of the first (draft-ietf-httpapi-idempotency-key-header-07). Whoever may not is refused as ever.
 *
 * A request that was begun is carried out to its end, though its connection may be gone; the second one waits for it.
 *
 * @returns a handler that throws AppError `request.invalid_header`, `request.key_reused`, and as the body is refused
 */
export function createIdempotency({ askerOf, readBody, answers }: IdempotencyOptions): RequestHandler {
  const isKnown = (request: Request): boolean => {
    try {
      askerOf(request, request.originalUrl);
      return true;
    } catch {
      return false;
    }
  };

  async function carryOutOnce(request: Request, response: Response, key: string): Promise<boolean> {
    const body = await readBody(request);
    keepBody(request, body);
    // A session may have ended while the body came, and while the first one was under way.
    const asker = askerOf(request, request.originalUrl);
    const id = digestOf([asker, request.originalUrl, key]);
    const fingerprint = digestOf([...DECIDING.map((name) => request.get(name) ?? ''), body]);
    const first = answers.find(id);
    if (first === undefined) {
      tellAnswer(response, answers.begin({ asker, id, fingerprint }));
      return false;
    }
    if (first.fingerprint !== fingerprint) throw new AppError('request.key_reused');
    const answer = await first.answer;
    askerOf(request, request.originalUrl);
    giveAgain(response, answer);
    return true;
  }

  return async (request, response, next) => {
    const key = request.method === 'POST' ? keyOf(request) : undefined;
    // Who is not known has no answers, and is refused where it is said why.
    if (key === undefined || !isKnown(request) || !(await carryOutOnce(request, response, key))) next();
  };
}

function keyOf(request: Request): string | undefined {
  const key = request.get(IDEMPOTENCY_HEADER);
  if (key === undefined || IDEMPOTENCY_KEY.test(key)) return key;
  const details = { header: IDEMPOTENCY_HEADER, reason: 'must be 1 to 64 visible ASCII characters' };
  throw new AppError('request.invalid_header', { details });
}

// Their lengths keep the parts apart.
function digestOf(parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${String(Buffer.byteLength(part))} `).update(part);
  return hash.digest('base64');
}
