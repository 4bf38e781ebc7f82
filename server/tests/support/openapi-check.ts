import type { RequestListener, ServerResponse } from 'node:http';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import { ERROR_TABLE, type ErrorCode } from '../../errors/error-table.js';
import { createOpenApiDocument } from '../../http/openapi/openapi-document.js';
import type { JsonSchema, OpenApiDocument, ResponseObject } from '../../http/openapi/openapi-types.js';
import type { Operation } from '../../http/openapi/operation.js';
import { OPERATIONS } from '../../http/openapi/operations.js';
import { refusalResponses } from '../../http/openapi/refusals.js';
import { createRouteOf } from '../../http/openapi/route-of.js';
import { OTHER_ROUTE } from '../../observability/request-recorder.js';

/** An answer that has come as a whole. */
export interface Answered {
  readonly status: number;
  /** With names in lower case. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

const DOCUMENT = withNothingElse(createOpenApiDocument(OPERATIONS));
const routeOf = createRouteOf(OPERATIONS);
const ajv = createValidator();
const validators = new Map<string, ValidateFunction>();

/**
 * Compares an answer with what the OpenAPI document says about it: there is an entry for the route and the status, the
 * headers are there, and the body is one that the schema allows.
 *
 * @returns the answer
 * @throws Error that says what is not described
 */
export function described<Answer extends Answered>(method: string, url: string, answer: Answer): Answer {
  const problems = problemsWith(method, url, answer);
  if (problems === '') return answer;
  const { status, text } = answer;
  throw new Error(
    `openapi.json does not describe this answer: ${method} ${url} ${String(status)}: ${problems}\n${text}`,
  );
}

/** Hands requests on, and looks at each answer as {@link described} does; what is wrong is an uncaught exception. */
export function describedListener(listener: RequestListener): RequestListener {
  return (request, response) => {
    const { method = '', url = '' } = request;
    const answer = recorded(response);
    response.once('finish', () => {
      described(method, url, answer());
    });
    listener(request, response);
  };
}

function problemsWith(method: string, url: string, answer: Answered): string {
  const route = routeOf({ method, url });
  const response = responsesOf(route, url)?.[String(answer.status)];
  if (response === undefined) return `there is no such status at ${route}`;
  const missing = missingHeader(response, answer);
  if (missing !== undefined) return `the header ${missing} is missing`;
  const wrong = route === OTHER_ROUTE ? problemOfUndescribed(url, answer) : undefined;
  return wrong ?? (method === 'HEAD' ? '' : bodyProblem(response, answer));
}

function responsesOf(route: string, url: string): Readonly<Record<string, ResponseObject>> | undefined {
  const [verb = '', path = ''] = route.split(' ');
  if (route !== OTHER_ROUTE) return DOCUMENT.paths[path]?.[verb.toLowerCase()]?.responses;
  // A path, or a method of one, that is not described.
  const form = operationsAt(url)[0]?.refusalForm ?? 'problem';
  return refusalResponses(['request.not_found', 'request.method_not_allowed'], form);
}

function problemOfUndescribed(url: string, { status, headers }: Answered): string | undefined {
  const methods = operationsAt(url)
    .map(({ method }) => method)
    .sort()
    .join(', ');
  if (status === 404 && methods !== '') return 'the path is described, and is not there';
  const allowed = String(headers['allow']);
  return status === 405 && allowed !== methods ? `Allow is ${allowed}, and not ${methods}` : undefined;
}

function operationsAt(url: string): readonly Operation[] {
  return OPERATIONS.filter(({ method, path }) => routeOf({ method, url }) === `${method} ${path}`);
}

function missingHeader(response: ResponseObject, { headers }: Answered): string | undefined {
  return Object.entries(response.headers)
    .filter(([, header]) => {
      const name = header.$ref?.split('/').at(-1);
      return (name === undefined ? header : DOCUMENT.components.headers[name])?.required === true;
    })
    .map(([name]) => name)
    .find((name) => headers[name.toLowerCase()] === undefined);
}

function bodyProblem({ content }: ResponseObject, { headers, text, status }: Answered): string {
  if (content === undefined) return text === '' ? '' : 'there should be no body';
  const type = String(headers['content-type']).replace(/\s*;.*$/s, '');
  const media = content[type];
  if (media === undefined) return `there is no ${type}`;
  if (media.schema === undefined) return '';
  const bodies = type.endsWith('ndjson') ? text.split('\n').slice(0, -1) : [text];
  const problems = bodies.map((body) => valueProblem(media.schema ?? {}, JSON.parse(body) as unknown));
  return problems.find((problem) => problem !== '') ?? textProblem(Object.keys(media.examples), status, text);
}

function valueProblem(schema: JsonSchema, value: unknown): string {
  // A stream that breaks off says so in its last line.
  const isProblem =
    schema.$ref?.endsWith('Acknowledgement') === true && Object.hasOwn(value as object, 'code');
  const validate = validatorOf(isProblem ? { $ref: '#/components/schemas/BulkProblem' } : schema);
  return validate(value) ? '' : ajv.errorsText(validate.errors);
}

// An error of contract 1 has no code: its text must be that of one which the status can have.
function textProblem(names: readonly string[], status: number, text: string): string {
  if (status < 400 || !names.every((name) => Object.hasOwn(ERROR_TABLE, name))) return '';
  const { status_message: message } = JSON.parse(text) as { status_message?: string };
  if (message === undefined) return '';
  const isKnown = names.some((name) => patternOf(ERROR_TABLE[name as ErrorCode].text).test(message));
  return isKnown ? '' : `the text is of none of ${names.join(', ')}`;
}

function patternOf(text: string): RegExp {
  const escaped = text.replace(/[.*+?^$()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/\{\w+\}/g, '.*')}$`, 'su');
}

function validatorOf(schema: JsonSchema): ValidateFunction {
  const key = JSON.stringify(schema);
  const known = validators.get(key);
  if (known !== undefined) return known;
  const made = ajv.compile(JSON.parse(key.replaceAll('"#/components/', '"document#/components/')) as object);
  validators.set(key, made);
  return made;
}

function createValidator(): Ajv2020 {
  const validator = new Ajv2020({ strict: false });
  ajvFormats.default(validator);
  validator.addSchema(DOCUMENT, 'document');
  return validator;
}

// A client must bear a field that it does not know; in a test it is one that somebody forgot to describe.
function withNothingElse(document: OpenApiDocument): OpenApiDocument {
  const text = JSON.stringify(document, (_key, value: unknown) => {
    const isOpen = isObject(value) && value['type'] === 'object' && isObject(value['properties']);
    return isOpen ? { additionalProperties: false, ...value } : value;
  });
  return JSON.parse(text) as OpenApiDocument;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// What writeHead is given goes out without being kept anywhere, so the answer is listened to as it leaves.
function recorded(response: ServerResponse): () => Answered {
  const chunks: Buffer[] = [];
  let head: Record<string, unknown> = {};

  function listenTo(name: 'writeHead' | 'write' | 'end', keep: (given: readonly unknown[]) => void): void {
    const send = response[name].bind(response) as (...given: unknown[]) => unknown;
    Object.assign(response, {
      [name]: (...given: unknown[]) => {
        keep(given);
        return send(...given);
      },
    });
  }

  function keepChunk([chunk]: readonly unknown[]): void {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
  }
  listenTo('write', keepChunk);
  listenTo('end', keepChunk);
  listenTo('writeHead', (given) => {
    const headers = given.at(-1);
    if (Array.isArray(headers)) head = inPairs(headers);
    else if (isObject(headers)) head = headers;
  });
  return () => ({
    status: response.statusCode,
    headers: { ...response.getHeaders(), ...inLowerCase(head) },
    text: Buffer.concat(chunks).toString(),
  });
}

// Names and values in turn, as writeHead takes them too.
function inPairs(fields: readonly unknown[]): Record<string, unknown> {
  const names = fields.filter((_field, index) => index % 2 === 0);
  return Object.fromEntries(names.map((name, index) => [String(name), fields[2 * index + 1]]));
}

function inLowerCase(headers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
