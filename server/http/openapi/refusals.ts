import { STATUS_CODES } from 'node:http';
import { bulkProblem, problem, PROBLEM_TYPE } from '../../../protocol/problem.js';
import { AppError } from '../../errors/app-error.js';
import { ERROR_TABLE, type ErrorCode } from '../../errors/error-table.js';
import { AUTHENTICATE_ANSWER, GATHER_ANSWER } from './gather-schemas.js';
import { referenceTo } from './openapi-schemas.js';
import type { HeaderObject, MediaTypeObject, ResponseObject } from './openapi-types.js';
import type { NamedSchema, RefusalForm } from './operation.js';

const CODES = Object.keys(ERROR_TABLE) as readonly ErrorCode[];

/** Why messages cannot be stored now. */
export const STORAGE_REFUSALS: readonly ErrorCode[] = CODES.filter((code) => code.startsWith('dump.'));

/** What can be answered whatever is asked for. */
const EVERYWHERE: readonly ErrorCode[] = [
  'request.unexpected_host',
  'certificate.refused',
  'server.internal',
];

/** What is refused before anybody knows which path it is for: it is answered as contract 1 does, by all of them. */
const BEFORE_ANY_PATH: readonly ErrorCode[] = [
  'request.malformed',
  'request.timed_out',
  'request.expectation_failed',
  'request.headers_too_large',
];

/** The schemas of errors, by form. */
export const REFUSAL_SCHEMAS: Readonly<Record<RefusalForm, NamedSchema>> = {
  gather: GATHER_ANSWER,
  authenticate: AUTHENTICATE_ANSWER,
  problem: { name: 'Problem', type: problem },
  bulk: { name: 'BulkProblem', type: bulkProblem },
};

const EXAMPLE_DETAILS = {
  field: 'username',
  reason: 'must be 1 to 32 letters, digits or marks of any script, or . _ - @ +',
  limit: 1_048_576,
  allow: 'POST',
  supported: 'application/json in UTF-8',
  host: 'gatherd.example',
  origin: 'https://example.org',
  header: 'Gather-Producer',
  encoding: 'gzip',
  id: 7,
  name: 'dale',
  permission: 'messages:read',
  line: 3,
  expected: 7,
  number: 9,
  requestId: '5f0c2a1e-4b',
  retryAfter: 30,
};

/** The responses for errors: one a status, which tells each of the codes that it can have. */
export function refusalResponses(
  codes: readonly ErrorCode[],
  form: RefusalForm,
): Record<string, ResponseObject> {
  const responses: Record<string, ResponseObject> = {};
  const all = new Set([...codes, ...EVERYWHERE, ...BEFORE_ANY_PATH]);
  for (const [status, group] of byStatus(CODES.filter((code) => all.has(code))))
    responses[String(status)] = responseOf(status, group, form);
  return responses;
}

function byStatus(codes: readonly ErrorCode[]): Map<number, ErrorCode[]> {
  const groups = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = ERROR_TABLE[code];
    groups.set(status, [...(groups.get(status) ?? []), code]);
  }
  return groups;
}

function responseOf(status: number, codes: readonly ErrorCode[], form: RefusalForm): ResponseObject {
  const early = codes.filter((code) => BEFORE_ANY_PATH.includes(code));
  const isGather = form === 'gather' || form === 'authenticate';
  // An early refusal of AUTHENTICATE has no token: nobody knew yet what it was.
  const contents = [contentOf(status, codes, early.length > 0 && isGather ? 'gather' : form)];
  if (!isGather && early.length > 0) contents.push(contentOf(status, early, 'gather'));
  return {
    description: codes.map((code) => `\`${code}\`: ${ERROR_TABLE[code].text}`).join('\n\n'),
    headers: headersOf(status, codes),
    content: Object.fromEntries(contents),
  };
}

function headersOf(status: number, codes: readonly ErrorCode[]): Readonly<Record<string, HeaderObject>> {
  return {
    'X-Request-Id': { $ref: '#/components/headers/RequestId' },
    ...(codes.every((code) => ERROR_TABLE[code].isRetryable)
      ? { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } }
      : {}),
    ...(status === 401 ? { 'WWW-Authenticate': { $ref: '#/components/headers/Authenticate' } } : {}),
  };
}

function contentOf(
  status: number,
  codes: readonly ErrorCode[],
  form: RefusalForm,
): [string, MediaTypeObject] {
  const isGather = form === 'gather' || form === 'authenticate';
  const rule = isGather
    ? { status_code: { const: status } }
    : { status: { const: status }, code: { enum: codes } };
  const schema = {
    allOf: [{ $ref: referenceTo(REFUSAL_SCHEMAS[form].name) }, { properties: rule }],
  };
  const examples = Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code, form) }]));
  return [isGather ? 'application/json' : PROBLEM_TYPE, { schema, examples }];
}

function exampleOf(code: ErrorCode, form: RefusalForm): Readonly<Record<string, unknown>> {
  const { message, kind } = new AppError(code, { details: EXAMPLE_DETAILS });
  const reason = STATUS_CODES[kind.status];
  if (form === 'gather' || form === 'authenticate') {
    const body = { status_code: kind.status, status_message: message, status_description: reason };
    return form === 'gather' ? body : { ...body, token: '' };
  }
  const body = { type: 'about:blank', title: reason, status: kind.status, detail: message, code };
  return form === 'bulk' ? { ...body, ...bulkMembers(code) } : body;
}

function bulkMembers(code: ErrorCode): Readonly<Record<string, unknown>> {
  const { line, expected, number } = EXAMPLE_DETAILS;
  return {
    accepted: 2,
    duplicates: 0,
    last: 1234,
    ...(code === 'message.malformed' ? { line } : {}),
    ...(code === 'producer.gap' ? { expected, number } : {}),
  };
}
