import type { Line } from '../line-reader.js';

/** What can be asked for. Contract 3. */
const COMMANDS = ['logon', 'get', 'add', 'update', 'delete'] as const;
export type Command = (typeof COMMANDS)[number];

/** A request: `SESSION//COMMAND: ARGUMENTS`. */
export interface RecordsRequest {
  readonly command: Command;
  /** What stands in front of the slashes: a token, but at a logon. */
  readonly token: string;
  readonly args: string;
}

/** What is answered to what is not shaped as a request, and what cannot be answered otherwise. */
export const WRONG_SHAPE = 'Invalid Request';
/** What is answered where there is no such command. */
export const NO_COMMAND = 'Invalid request';

/** Reads a request; answers the reply to what is none. */
export function readRequest(line: Line): RecordsRequest | typeof WRONG_SHAPE | typeof NO_COMMAND {
  if (typeof line !== 'string') return WRONG_SHAPE;
  const slashes = line.indexOf('//');
  const colon = line.indexOf(': ', slashes + 2);
  if (slashes === -1 || colon === -1) return WRONG_SHAPE;
  const name = line.slice(slashes + 2, colon);
  const command = COMMANDS.find((known) => known === name);
  if (command === undefined) return NO_COMMAND;
  return { command, token: line.slice(0, slashes), args: line.slice(colon + 2) };
}
