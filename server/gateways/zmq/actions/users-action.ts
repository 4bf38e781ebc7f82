import type * as z from 'zod';
import type { AccountView } from '../../../../protocol/accounts.js';
import { AppError } from '../../../errors/app-error.js';
import type { Caller } from '../../../features/sessions/session-service.js';
import type { UsersServices } from '../users-services.js';

/** A request of contract 2, or an object in it, not yet checked. */
export type Fields = Readonly<Record<string, unknown>>;

/** What an action works with. */
export interface ActionContext {
  readonly services: UsersServices;
  /** Where all requests of the gateway come from, as far as is known. */
  readonly endpoint: string;
  /** The connection of the request, as wrong passwords are counted by it: nobody knows where it comes from. */
  readonly countedAt: string;
  /** Counts a try of a password: of this gateway, as its peers cannot be told apart for longer than a connection. */
  readonly countTry: () => void;
  readonly clock: () => Date;
}

/** One action of contract 2: answers what its reply has beside `status`. @throws AppError */
export type UsersAction = (request: Fields, context: ActionContext) => Promise<Fields>;

/** The session that a request names. @throws AppError `session.invalid` where it names none, … */
export function callerOf(request: Fields, { services, endpoint }: ActionContext): Caller {
  const token = request['session_token'];
  if (typeof token !== 'string') throw new AppError('session.invalid');
  return { session: services.sessions.authorize(token, endpoint), endpoint, door: 'zmq' };
}

/** The same, where a session may be left out: one that is not good counts as none. */
export function callerIfAny(request: Fields, context: ActionContext): Caller | undefined {
  try {
    return callerOf(request, context);
  } catch (error) {
    if (error instanceof AppError && error.kind.status < 500) return undefined;
    throw error;
  }
}

/** An object in a request; an empty one where there is none. */
export function objectIn(request: Fields, name: string): Fields {
  const value = request[name];
  return isObject(value) ? value : {};
}

/** Whether a value of JSON is an object. */
export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The named fields of an object that are there: null counts as absent, and names and addresses are lower-cased and without
 * the white space around them. Contract 2.
 */
export function fieldsOf(source: Fields, names: readonly string[]): Fields {
  const entries = names.filter((name) => Object.hasOwn(source, name)).map((name) => [name, source[name]]);
  const there = entries.filter(([, value]) => value !== null);
  return Object.fromEntries(
    there.map(([name, value]) => [name, name === 'username' || name === 'email' ? folded(value) : value]),
  ) as Fields;
}

/** A name or an address as contract 2 takes it: lower-cased, without white space around it. */
export function folded(value: unknown): unknown {
  return typeof value === 'string' ? value.trim().toLowerCase() : value;
}

/** Whether a field is missing, or is what an empty input sends. */
export function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/** Checks fields by a schema. @throws AppError `request.invalid_field` */
export function parseFields<Schema extends z.ZodType>(schema: Schema, fields: Fields): z.infer<Schema> {
  const result = schema.safeParse(fields);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const details = { field: String(issue?.path[0] ?? 'request'), reason: issue?.message ?? 'is not valid' };
  throw new AppError('request.invalid_field', { details });
}

const USER_FIELDS = [
  'username',
  'email',
  'full_name',
  'phone',
  'address',
  'city',
  'country',
  'postal_code',
  'date_of_birth',
  'role',
  'status',
  'created_at',
  'updated_at',
  'last_login',
  'notes',
  'metadata',
] as const satisfies readonly (keyof AccountView)[];

/** A `user` of contract 2. */
export function userIn(account: AccountView): Fields {
  return Object.fromEntries(USER_FIELDS.map((name) => [name, account[name]]));
}
