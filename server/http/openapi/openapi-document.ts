import { CONSOLE_HEADER } from '../../../protocol/console.js';
import { accessRefusals, accessText, takesCookies } from './access-refusals.js';
import { componentsOf, parametersOf, referenceTo } from './openapi-schemas.js';
import type { ContentObject, OpenApiDocument, OperationObject, ResponseObject } from './openapi-types.js';
import type { Answer, Content, NamedSchema, Operation } from './operation.js';
import { REFUSAL_SCHEMAS, refusalResponses } from './refusals.js';

const DESCRIPTION = `\
Contract 1 has errors of its own form; all other paths answer problem details (RFC 9457), whose \`code\` is stable. \
What cannot be read as a request is answered as contract 1 does, whatever its path. A path that is not listed answers \
404, another method 405 with \`Allow\`. A body of \`application/x-ndjson\` is lines, each a JSON value of the schema.`;

/** Describes operations. The schemas are those that requests are checked with. */
export function createOpenApiDocument(operations: readonly Operation[]): OpenApiDocument {
  const paths: Record<string, Record<string, OperationObject>> = {};
  for (const operation of operations)
    (paths[operation.path] ??= {})[operation.method.toLowerCase()] = describe(operation);
  return {
    openapi: '3.1.1',
    info: { title: 'gatherd', version: '1.0.0', description: DESCRIPTION },
    servers: [{ url: '/' }],
    tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: componentsOf(schemasOf(operations)),
      headers: HEADERS,
      securitySchemes: SECURITY_SCHEMES,
    },
  };
}

const REQUEST_ID = { $ref: '#/components/headers/RequestId' };

const HEADERS = {
  RequestId: {
    description: 'The id of this request, which is in the log line of a refusal too.',
    required: true,
    schema: { type: 'string' },
  },
  RetryAfter: {
    description: 'Seconds after which the same request may succeed.',
    required: true,
    schema: { type: 'integer', minimum: 0 },
  },
  Authenticate: { description: 'That a bearer token is needed, RFC 6750.', schema: { type: 'string' } },
};

const SECURITY_SCHEMES = {
  session: {
    type: 'http',
    scheme: 'bearer',
    description:
      'One of three: the token of an answer to AUTHENTICATE, a JWT; that of `POST /v1/sessions`, which begins with `gds_`; ' +
      'an API token of `POST /v1/tokens`, which begins with `gdt_` and does no more than it was made for. The first two ' +
      'are good only at the address they were issued to, unless `GATHERD_TOKEN_BINDING` says otherwise.',
  },
  cookie: {
    type: 'apiKey',
    in: 'cookie',
    name: 'gatherd-6174',
    description:
      'The cookie of `POST /v1/sessions/cookie`. Its name has the port of the header `Host`, and none where that has none; over TLS it ' +
      'begins with `__Host-`. It counts only together with the header `console`, where there is no bearer token, and for pages of ' +
      'this server alone: `Origin`, if it is there, is that of the request, and `Sec-Fetch-Site`, if it is there, is `same-origin`.',
  },
  console: {
    type: 'apiKey',
    in: 'header',
    name: CONSOLE_HEADER,
    description: 'Is `1`. No page of another origin can send it.',
  },
  metrics: { type: 'http', scheme: 'bearer', description: 'The setting `GATHERD_METRICS_TOKEN`.' },
};

function describe(operation: Operation): OperationObject {
  const { id, tag, summary, parameters, body, refusalForm } = operation;
  const refusals = [...operation.refusals, ...accessRefusals(operation)];
  const description = [operation.description, accessText(operation.access)].filter(isText).join('\n\n');
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === '' ? {} : { description }),
    ...securityOf(operation),
    ...(parameters === undefined ? {} : { parameters: parametersOf(parameters) }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: contentOf(body) } }),
    responses: { ...refusalResponses(refusals, refusalForm), ...answersOf(operation.answers) },
  };
}

// An empty requirement says that it goes without, too.
function securityOf(operation: Operation): Pick<OperationObject, 'security'> {
  if (operation.access === 'metrics') return { security: [{ metrics: [] }, {}] };
  return takesCookies(operation) ? { security: [{ session: [] }, { cookie: [], console: [] }] } : {};
}

function isText(value: string | undefined): value is string {
  return value !== undefined;
}

function answersOf(answers: Operation['answers']): Record<string, ResponseObject> {
  return Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, answerOf(answer)]));
}

function answerOf({ description, content, headers = {} }: Answer): ResponseObject {
  const own = Object.entries(headers).map(
    ([name, text]) => [name, { description: text, schema: { type: 'string' } }] as const,
  );
  return {
    description,
    headers: { 'X-Request-Id': REQUEST_ID, ...Object.fromEntries(own) },
    ...(content === undefined ? {} : { content: contentOf(content) }),
  };
}

function contentOf(content: readonly Content[]): ContentObject {
  return Object.fromEntries(
    content.map(({ mediaType, schema, examples = {} }) => [
      mediaType,
      {
        ...(schema === undefined ? {} : { schema: { $ref: referenceTo(schema.name) } }),
        examples: Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }])),
      },
    ]),
  );
}

function schemasOf(operations: readonly Operation[]): NamedSchema[] {
  const contents = operations.flatMap(({ body = [], answers }) => [
    ...body,
    ...Object.values(answers).flatMap(({ content = [] }) => content),
  ]);
  return [
    ...contents.flatMap(({ schema, parts = [] }) => (schema === undefined ? parts : [schema, ...parts])),
    ...operations.map(({ refusalForm }) => REFUSAL_SCHEMAS[refusalForm]),
    REFUSAL_SCHEMAS.gather,
  ];
}
