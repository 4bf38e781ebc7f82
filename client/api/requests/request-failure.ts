import { AxiosError, type AxiosResponse } from 'axios';
import { withCertificateHint } from './certificate-hint.js';
import { GatherError, type GatherErrorKind, type Problem } from '../gather-error.js';
import { parseRetryAfter } from './retry-after.js';
import { type AnswerParts, refusalIn } from './server-answer.js';
import { speaksTlsFailure, tlsFailure } from '../tls/tls-failure.js';

/** What a failure is judged by, besides itself. */
export interface FailureContext {
  /** The base URL, as it stands in the texts. */
  readonly server: string;
  /** Whether this error ended an attempt to connect. */
  readonly hasFailedToConnect: (error: unknown) => boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Whether the request may be sent again whatever became of it. */
  readonly isRepeatable?: boolean;
  /** What is asked for, where an older gatherd does not have it. */
  readonly newerPath?: string;
}

const CONNECT_FAILURES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'its name does not resolve',
  EAI_AGAIN: 'its name cannot be resolved now',
  ETIMEDOUT: 'no connection came about in time',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  ENETDOWN: 'the network is down',
  ECONNRESET: 'the connection was closed before it stood',
};

const UNKNOWN_PATH_CODES: readonly string[] = ['request.not_found', 'request.method_not_allowed'];

const IN_DOUBT = 'The request may or may not have been carried out, so it is not sent again';

/** Judges a failed request: above all, whether the server may have taken it. Takes what axios throws. */
export function toGatherError(error: unknown, context: FailureContext): GatherError {
  if (error instanceof GatherError) return error;
  if (!(error instanceof AxiosError)) throw error;
  if (isComplete(error.response)) return refusalOf(error.response, context);
  return context.hasFailedToConnect(error.cause) ? notConnected(error, context) : noAnswer(error, context);
}

/** Judges an answer that was read in its middle or to its end, and is a refusal of gatherd's `/v1`. */
export function problemError(problem: Problem, retryAfterSeconds?: number): GatherError {
  const kind = kindOf(problem.status);
  return new GatherError(kind, withCertificateHint(problem.detail), {
    status: problem.status,
    // A stream of lines may be refused when some of them are stored.
    canRetry: kind === 'busy' && (problem.accepted ?? 0) === 0,
    retryAfterSeconds,
    problem,
  });
}

/**
 * Whether a request may succeed if it is sent again, and can do no harm then. What may be repeated is tried again where a
 * connection broke or a proxy could not reach the server; not where gatherd itself says that something went wrong, or
 * where a stranger answers.
 */
export function canTryAgain(
  error: GatherError,
  { isRepeatable }: Pick<FailureContext, 'isRepeatable'>,
): boolean {
  if (error.canRetry || isRepeatable !== true) return error.canRetry;
  if (error.kind === 'busy') return true;
  if (error.kind !== 'unknown_outcome' || error.problem !== undefined) return false;
  return error.status === undefined || error.status > 500 || error.status === 429;
}

// An answer that broke off in its middle has no text, and says nothing for certain.
function isComplete(response: AxiosResponse | undefined): response is AxiosResponse<string> {
  return typeof response?.data === 'string';
}

/** Judges a whole answer that is no success. */
export function refusalOf(response: AnswerParts, context: FailureContext): GatherError {
  const own = refusalIn(response);
  const retryAfterSeconds = parseRetryAfter(response.headers['retry-after'], context.now());
  if (context.newerPath !== undefined && isUnknownPath(response, own?.problem)) {
    const text = `${context.server} does not know ${context.newerPath} (HTTP ${String(response.status)}): it is older than this gather, or no gatherd`;
    return new GatherError('refused', text, { status: response.status });
  }
  if (own?.problem !== undefined) return problemError(own.problem, retryAfterSeconds);
  if (own === undefined) return foreignRefusal(response, context, retryAfterSeconds);
  const { status, text } = own;
  const kind = kindOf(status);
  return new GatherError(kind, withCertificateHint(text), {
    status,
    canRetry: kind === 'busy',
    retryAfterSeconds,
  });
}

function foreignRefusal(
  response: AnswerParts,
  context: FailureContext,
  retryAfterSeconds: number | undefined,
): GatherError {
  if (isTlsPort(response, context)) return speaksTlsFailure(context.server, undefined);
  const { status } = response;
  const kind = foreignKindOf(status);
  return new GatherError(kind, foreignAnswer(response, kind, context), { status, retryAfterSeconds });
}

// So gatherd answers, and other servers: "The plain HTTP request was sent to HTTPS port", for example.
function isTlsPort({ status, data }: AnswerParts, { server }: FailureContext): boolean {
  return status === 400 && server.startsWith('http://') && /\b(?:TLS|SSL|HTTPS)\b/.test(String(data));
}

// Also a gatherd that knows the path answers 404, where there is nothing of the name or id in it.
function isUnknownPath({ status }: AnswerParts, problem: Problem | undefined): boolean {
  if (problem !== undefined) return UNKNOWN_PATH_CODES.includes(problem.code);
  return status === 404 || status === 405;
}

function kindOf(status: number): GatherErrorKind {
  if (status === 401 || status === 403) return 'not_permitted';
  if (status === 429 || status === 503) return 'busy';
  return status >= 300 && status < 500 ? 'refused' : 'unknown_outcome';
}

// A proxy's 429 or 503 may come after it has passed the request on: only gatherd's own says that nothing was taken.
function foreignKindOf(status: number): GatherErrorKind {
  const kind = kindOf(status);
  return kind === 'busy' ? 'unknown_outcome' : kind;
}

function foreignAnswer(
  response: AnswerParts,
  kind: GatherErrorKind,
  { server, isRepeatable }: FailureContext,
): string {
  const location: unknown = response.headers['location'];
  const status = `HTTP ${String(response.status)}`;
  if (response.status >= 300 && response.status < 400 && typeof location === 'string') {
    return `${server} answers ${status} and points to ${printable(location)}: give that address instead`;
  }
  const text = `${server} answers ${status}, and not as gatherd does: is it the right address?`;
  return kind === 'unknown_outcome' && isRepeatable !== true ? `${text} ${IN_DOUBT}` : text;
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200);
}

function notConnected({ cause, code, message }: AxiosError, { server }: FailureContext): GatherError {
  return connectFailure(server, cause ?? Object.assign(new Error(message), { code }));
}

/** The failure where no connection came about. @param cause - Node's error, or one that has its code */
export function connectFailure(
  server: string,
  cause: Error & { readonly code?: string | undefined },
): GatherError {
  const failure = tlsFailure(server, cause);
  if (failure !== undefined) return failure;
  const known = CONNECT_FAILURES[cause.code ?? ''];
  return new GatherError('unreachable', `Cannot reach ${server}: ${known ?? cause.message}`, {
    // What is left are mistakes that time does not mend.
    canRetry: known !== undefined,
    cause,
  });
}

function noAnswer(error: AxiosError, { server, isRepeatable }: FailureContext): GatherError {
  const failure = tlsFailure(server, error);
  if (failure !== undefined) return failure;
  const reason = error.code === 'ETIMEDOUT' ? 'in time' : `(${error.message})`;
  const doubt =
    isRepeatable === true
      ? ''
      : ': the request may or may not have been carried out, so it is not sent again';
  return new GatherError('unknown_outcome', `No answer from ${server} ${reason}${doubt}`, { cause: error });
}

/** The failure where a success is not in the form that gatherd answers in. */
export function strangeAnswer(server: string): GatherError {
  const text = `${server} answers, but not as gatherd does: is it the right address?`;
  return new GatherError('unknown_outcome', text, { status: 200 });
}
