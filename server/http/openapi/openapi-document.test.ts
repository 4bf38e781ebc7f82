import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageRequest } from '../../../protocol/gather-messages.js';
import { ERROR_TABLE } from '../../errors/error-table.js';
import { gatherMessageText } from './gather-schemas.js';
import { createOpenApiDocument } from './openapi-document.js';
import type { ContentObject, OperationObject } from './openapi-types.js';
import { OPERATIONS } from './operations.js';

/** What ends the server at its start is no answer. */
const AT_START = ['data_directory.in_use', 'data_directory.unusable', 'key.unusable', 'config.invalid'];
/** What only commands of gatherd itself say. */
const IN_COMMANDS = ['import.unusable', 'backup.unusable'];
/** What only a gateway says, and what a stream ends with that has been answered already. */
const ELSEWHERE = ['account.list_too_long', 'feed.too_slow', 'feed.idle', 'feed.unreadable'];

const DOCUMENT = createOpenApiDocument(OPERATIONS);
const EVERY: readonly OperationObject[] = Object.values(DOCUMENT.paths).flatMap((methods) =>
  Object.values(methods),
);

test('the document is valid OpenAPI 3.1', async () => {
  const validator = new Validator();
  const result = await validator.validate({ ...DOCUMENT });
  expect(result).toMatchObject({ valid: true });
  expect(validator.version).toBe('3.1');
});

test('the check finds a document that is not valid', async () => {
  const broken = { ...DOCUMENT, info: {} };
  expect(await new Validator().validate(broken)).toMatchObject({ valid: false });
});

test('operations have names of their own', () => {
  const ids = EVERY.map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(OPERATIONS.length);
});

test('every error of the table is described where it is answered, with its text', () => {
  const text = JSON.stringify(EVERY.map(({ responses }) => responses));
  for (const [code, { text: description }] of Object.entries(ERROR_TABLE)) {
    const isDescribed = text.includes(JSON.stringify(`\`${code}\`: ${description}`).slice(1, -1));
    expect(isDescribed, code).toBe(![...AT_START, ...IN_COMMANDS, ...ELSEWHERE].includes(code));
  }
});

test('every schema that is referred to is there, and every one there is referred to', () => {
  const text = JSON.stringify(DOCUMENT);
  // What comes over the WebSocket is named in words only.
  const named = [...text.matchAll(/`(Feed\w+)`/g)];
  const referred = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g), ...named].map(([, name]) => name);
  expect([...new Set(referred)].sort()).toEqual(Object.keys(DOCUMENT.components.schemas).sort());
});

describe('every example is valid', () => {
  const ajv = new Ajv2020({ strict: false });
  ajvFormats.default(ajv);
  ajv.addSchema(JSON.parse(JSON.stringify(DOCUMENT)) as object, 'document');

  test.each(EVERY.map((operation) => [operation.operationId, operation] as const))('%s', (_id, operation) => {
    const contents: (ContentObject | undefined)[] = [
      operation.requestBody?.content,
      ...Object.values(operation.responses).map(({ content }) => content),
    ];
    for (const content of contents)
      for (const [mediaType, { schema, examples }] of Object.entries(content ?? {})) {
        if (schema === undefined) continue;
        const validate = ajv.compile(
          JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/')) as object,
        );
        for (const [name, { value }] of Object.entries(examples))
          for (const each of mediaType.endsWith('ndjson') ? linesOf(value) : [value])
            expect(validate(each), `${name}: ${ajv.errorsText(validate.errors)}`).toBe(true);
      }
  });
});

function linesOf(value: unknown): unknown[] {
  return String(value)
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as unknown);
}

test('a message is described as it is checked', () => {
  const texts = fc.oneof(fc.string(), fc.array(fc.string()), fc.array(fc.jsonValue()), fc.jsonValue());
  fc.assert(
    fc.property(texts, (message) => {
      const isTaken = messageRequest.shape.message.safeParse(message).success;
      expect(gatherMessageText.safeParse(message).success).toBe(isTaken);
    }),
  );
});
