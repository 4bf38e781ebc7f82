import { createHash } from 'node:crypto';
import pLimit, { type LimitFunction } from 'p-limit';
import type { NoteRefusal } from '../gateway-refusals.js';
import { TOO_LATE, within } from '../time-limit.js';
import { createUser } from './actions/create-user.js';
import { deleteUser } from './actions/delete-user.js';
import { logIn } from './actions/log-in.js';
import { getUser, healthCheck, listUsers, logOut } from './actions/session-actions.js';
import { updateUser } from './actions/update-user.js';
import { isObject, type ActionContext, type Fields, type UsersAction } from './actions/users-action.js';
import { messageOf, UsersError } from './users-error.js';

/**
 * Answers a request of contract 2, whatever it is; never rejects.
 *
 * @param body - undefined where it was not one frame
 * @param peer - which connection it came by
 */
export type AnswerUsers = (body: Buffer | undefined, peer: string) => Promise<Fields>;

/** Work that takes long is done in lanes, each so much at once, so that it keeps nobody else's from being done. */
const AT_ONCE = { quick: Infinity, passwords: 16, lists: 1 } as const;
type Lane = keyof typeof AT_ONCE;
const MOST_WAITING = 500;
const MAX_DEPTH = 32;
const MAX_SHOWN_CHARACTERS = 100;

/** Every action of contract 2. */
const ACTIONS: Readonly<Record<string, { readonly run: UsersAction; readonly lane: Lane }>> = {
  create_user: { run: createUser, lane: 'passwords' },
  login: { run: logIn, lane: 'passwords' },
  logout: { run: logOut, lane: 'quick' },
  get_user: { run: getUser, lane: 'quick' },
  update_user: { run: updateUser, lane: 'passwords' },
  delete_user: { run: deleteUser, lane: 'passwords' },
  list_users: { run: listUsers, lane: 'lists' },
  health_check: { run: healthCheck, lane: 'quick' },
};

/** What is answered to one request too many. */
export const BUSY = error('Too many requests are waiting: try again later');
const LATE = error('The request took too long: it may or may not have been carried out');
const NO_JSON = error('Invalid JSON format');

/** Makes the answers of contract 2. @param answerWithinMs - milliseconds for each */
export function createUsersAnswers(
  gateway: Omit<ActionContext, 'countedAt'>,
  noteRefusal: NoteRefusal,
  answerWithinMs: number,
): AnswerUsers {
  const lanes: Record<Lane, LimitFunction> = {
    quick: pLimit(AT_ONCE.quick),
    passwords: pLimit(AT_ONCE.passwords),
    lists: pLimit(AT_ONCE.lists),
  };

  async function run(name: string, request: Fields, context: ActionContext): Promise<Fields> {
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
    if (action === undefined) return error(`Unknown action: ${name.slice(0, MAX_SHOWN_CHARACTERS)}`);
    const lane = lanes[action.lane];
    if (lane.pendingCount >= MOST_WAITING) return BUSY;
    let isLate = false;
    const reply = await within(
      answerWithinMs,
      // Nobody waits any more for what has been answered before it could begin.
      lane(async () => (isLate ? LATE : { status: 'success', ...(await action.run(request, context)) })),
    );
    isLate = reply === TOO_LATE;
    return reply === TOO_LATE ? LATE : reply;
  }

  return async (body, peer) => {
    const request = body === undefined ? undefined : requestIn(body);
    if (request === undefined) return NO_JSON;
    const name = actionOf(request);
    try {
      return await run(name, request, { ...gateway, countedAt: placeOf(peer) });
    } catch (refusal) {
      if (refusal instanceof UsersError) return error(refusal.message);
      const noted = noteRefusal(refusal, { gateway: 'zmq', action: name, endpoint: gateway.endpoint });
      return error(messageOf(noted, name));
    }
  };
}

// A peer may choose its own name, of any bytes.
function placeOf(peer: string): string {
  return `zmq ${createHash('sha256').update(peer, 'latin1').digest('base64url')}`;
}

function error(message: string): Fields {
  return { status: 'error', message };
}

// What is no text is shown as its JSON; where there is none, it is what the original says.
function actionOf({ action }: Fields): string {
  if (action === undefined || action === null) return 'None';
  return typeof action === 'string' ? action : JSON.stringify(action);
}

function requestIn(body: Buffer): Fields | undefined {
  try {
    const request: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return isObject(request) && !isDeeper(request, MAX_DEPTH) ? request : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a value of JSON is nested deeper than so many levels. */
function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}
