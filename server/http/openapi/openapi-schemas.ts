import * as z from 'zod';
import type { JsonSchema, ParameterObject } from './openapi-types.js';
import type { NamedSchema, Parameters } from './operation.js';

/** Where a schema stands in the document. */
export function referenceTo(name: string): string {
  return `#/components/schemas/${name}`;
}

/** The components of a document: zod's schemas as JSON Schema. One that holds another refers to it by its name. */
export function componentsOf(schemas: readonly NamedSchema[]): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const { name, type } of schemas) if (!registry.has(type)) registry.add(type, { id: name });
  const made = z.toJSONSchema(registry, { ...OPTIONS, uri: referenceTo });
  const named = Object.entries(made.schemas).sort(([left], [right]) => left.localeCompare(right));
  return Object.fromEntries(named.map(([name, schema]) => [name, bare(schema as Json)]));
}

/** The parameters of an operation, one for each key of their schemas. */
export function parametersOf(parameters: Parameters): ParameterObject[] {
  return (['path', 'query', 'header'] as const).flatMap((place) => {
    const schema = parameters[place];
    if (schema === undefined) return [];
    const { properties = {}, required = [] } = bare(z.toJSONSchema(schema, OPTIONS));
    return Object.entries(properties).map(([name, { description, ...rest }]) => ({
      name,
      in: place,
      required: required.includes(name),
      ...(description === undefined ? {} : { description }),
      schema: rest,
    }));
  });
}

type Json = Record<string, unknown>;

const OPTIONS = {
  io: 'input',
  // A check of our own cannot be said in JSON Schema: what it takes stands in the description.
  unrepresentable: 'any',
  override: ({ jsonSchema }: { jsonSchema: Json }) => {
    quieten(jsonSchema);
  },
} as const;

// What every number and every time has says nothing to a reader.
function quieten(schema: Json): void {
  if (schema['maximum'] === Number.MAX_SAFE_INTEGER) delete schema['maximum'];
  if (schema['minimum'] === Number.MIN_SAFE_INTEGER) delete schema['minimum'];
  if (schema['format'] !== undefined) delete schema['pattern'];
}

// OpenAPI 3.1 says the dialect once for all of them, and a component's place is its id.
function bare({ $schema: _dialect, $id: _place, ...schema }: Json): JsonSchema {
  return schema;
}
