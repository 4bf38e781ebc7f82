import type * as z from 'zod';
import { AppError } from '../../errors/app-error.js';

const MAX_NAME_CHARACTERS = 64;

/** What a request has by names: the fields of its body, or its parameters. */
export type Fields = Readonly<Record<string, unknown>>;

/** What a schema makes of fields. @throws AppError `request.missing_field`, `request.invalid_field` */
export function parseFields<Schema extends z.ZodType>(schema: Schema, fields: Fields): z.infer<Schema> {
  const result = schema.safeParse(fields);
  if (result.success) return result.data;
  throw whatIsWrong(result.error.issues[0], fields);
}

/** The same for the parameters of a query, each of which may be given once. */
export function parseQuery<Schema extends z.ZodType>(schema: Schema, parameters: Fields): z.infer<Schema> {
  const repeated = Object.keys(parameters).find((name) => Array.isArray(parameters[name]));
  if (repeated !== undefined) throw invalid(repeated, 'is given more than once');
  return parseFields(schema, parameters);
}

function whatIsWrong(issue: z.core.$ZodIssue | undefined, fields: Fields): AppError {
  if (issue?.code === 'unrecognized_keys') return invalid(issue.keys.join(', '), 'is not known here');
  const field = String(issue?.path[0]);
  if (fields[field] === undefined) return new AppError('request.missing_field', { details: { field } });
  return invalid(field, issue?.message ?? '');
}

function invalid(name: string, reason: string): AppError {
  const field = name.slice(0, MAX_NAME_CHARACTERS);
  return new AppError('request.invalid_field', { details: { field, reason } });
}
