import type * as z from 'zod';
import type { Permission } from '../../../protocol/permissions.js';
import type { ErrorCode } from '../../errors/error-table.js';

/** What a request or an answer has for a body. */
export interface Content {
  readonly mediaType: string;
  /** The name of the schema among the document's components; absent where the body is no JSON. */
  readonly schema?: NamedSchema;
  /** Schemas that it holds, or that its description names, and that have names of their own. */
  readonly parts?: readonly NamedSchema[];
  /** Bodies by a word on each, as they are sent. */
  readonly examples?: Readonly<Record<string, unknown>>;
}

/** A schema with the name under which the document has it. */
export interface NamedSchema {
  readonly name: string;
  readonly type: z.ZodType;
}

/** A success, or a failure that is none of the table of errors. */
export interface Answer {
  readonly description: string;
  readonly content?: readonly Content[];
  /** What each header says, by name. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Where parameters stand, each with the schema of all that stand there. */
export interface Parameters {
  readonly path?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly header?: z.ZodObject;
}

/** How errors look: contract 1's two answers, problem details, and those of a bulk request. */
export type RefusalForm = 'gather' | 'authenticate' | 'problem' | 'bulk';

/**
 * Who may: anybody; whoever has a token; a person who has logged in, and so no API token, also where a one-time password
 * has to be changed first (`newcomer`) or not; who is permitted this, or one of these; a person who is permitted this;
 * or Prometheus.
 */
export type Access =
  | 'public'
  | 'session'
  | 'person'
  | 'newcomer'
  | 'metrics'
  | Permission
  | readonly Permission[]
  | `person ${Permission}`;

/** One method of one path: everything that the document says about it. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With placeholders in braces. */
  readonly path: string;
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly access: Access;
  /** Where the token stands that it needs; without, in the header `Authorization`. */
  readonly tokenIn?: 'body';
  readonly parameters?: Parameters;
  readonly body?: readonly Content[];
  readonly answers: Readonly<Record<number, Answer>>;
  /** Which errors it answers, beside those that every operation does and those that its access brings along. */
  readonly refusals: readonly ErrorCode[];
  readonly refusalForm: RefusalForm;
}
