import * as z from 'zod';
import { AppError, type ErrorDetails } from '../errors/app-error.js';
import { ERROR_TABLE, type ErrorCode } from '../errors/error-table.js';

// A connection carries one command. The client writes a line with the request; the server writes lines as it goes on, an
// empty one now and then to say that it is there, and the last line is the result or the error. All lines are JSON.

/** The longest request, in bytes. */
export const MOST_REQUEST_BYTES = 64 * 1024;
/** How often a server that works says that it does, in milliseconds. */
export const BEAT_EVERY_MS = 5000;

/** The line of a request. */
export const controlRequest = z.strictObject({ command: z.string(), args: z.unknown() });
export type ControlRequest = z.infer<typeof controlRequest>;

/** The lines of an answer: any number of `progress`, then one of the others. */
export type ControlAnswer =
  | { readonly progress: unknown }
  | { readonly result: unknown }
  | {
      readonly error: { readonly code: ErrorCode; readonly message: string; readonly details: ErrorDetails };
    };

/** An answer as a line. */
export function lineOf(answer: ControlAnswer): string {
  return `${JSON.stringify(answer)}\n`;
}

/** An error as it is answered. */
export function errorAnswer({ code, message, details }: AppError): ControlAnswer {
  return { error: { code, message, details } };
}

/** The error that an answer stands for, also where the server is of another version and its code is not known here. */
export function errorOf({
  code,
  message,
  details,
}: Extract<ControlAnswer, { error: unknown }>['error']): Error {
  if (Object.hasOwn(ERROR_TABLE, code)) return new AppError(code, { details });
  return Object.assign(new Error(message), { code });
}
