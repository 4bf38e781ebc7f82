import * as z from 'zod';
import { account } from './accounts.js';
import { password } from './credentials.js';
import { permissionList } from './permissions.js';

/** How the opaque token of a login session begins. */
export const SESSION_TOKEN_PREFIX = 'gds_';
/** How an API token begins. */
export const API_TOKEN_PREFIX = 'gdt_';

const text = z.string();
const time = text.describe('UTC, RFC 3339.');

/** The body of `POST /v1/sessions`: logs in. */
export const login = z.strictObject({
  username: z.string().min(1).max(254).describe('A user name or an e-mail address.'),
  password,
});

/** The answer of `POST /v1/sessions`. The token is shown this once. */
export const loginAnswer = z.object({
  token: text.describe('A bearer token for everything under /v1, and for MESSAGE.'),
  expires_at: time,
  user: account,
});
export type LoginAnswer = z.infer<typeof loginAnswer>;

/** A session as its user and administrators see it. */
export const sessionView = z.object({
  id: text,
  kind: z
    .enum(['handshake', 'login'])
    .describe('handshake: of IDENTIFY and AUTHENTICATE; login: of POST /v1/sessions.'),
  endpoint: text.describe('The address it was opened from.'),
  client: text.describe('What the client said it is; empty where it said nothing.'),
  created_at: time,
  last_used_at: time,
  expires_at: time,
  is_current: z.boolean().describe('Whether it is the one that asks.'),
});
export type SessionView = z.infer<typeof sessionView>;

/** The answer of `GET /v1/sessions`. */
export const sessionList = z.object({ sessions: z.array(sessionView) });
/** The answer where sessions were ended. */
export const sessionsEnded = z.object({ ended: z.number().int().min(0) });

const LIFE_RULE = 'must be a number of seconds from 60 to 315360000';
const INVITE_LIFE_RULE = 'must be a number of seconds from 60 to 31536000';

const tokenName = z
  .string()
  .trim()
  .min(1, { error: 'must be 1 to 64 characters' })
  .max(64, { error: 'must be 1 to 64 characters' })
  .describe('1 to 64 characters; each of an account’s tokens has another.');

/** The body of `POST /v1/tokens`: makes an API token. */
export const apiTokenCreation = z.strictObject({
  name: tokenName,
  permissions: permissionList.describe(
    'No more than its maker has; it never does more than its account may at the time.',
  ),
  expires_in: z
    .int({ error: LIFE_RULE })
    .min(60, { error: LIFE_RULE })
    .max(315_360_000, { error: LIFE_RULE })
    .optional()
    .describe('Seconds until it expires; without, it is good until it is revoked.'),
});
export type ApiTokenCreation = z.infer<typeof apiTokenCreation>;

/** An API token as it is listed: never the token itself. */
export const apiTokenView = z.object({
  id: text,
  name: text,
  permissions: z.array(text),
  created_at: time,
  expires_at: time.nullable(),
  last_used_at: time.nullable(),
  last_endpoint: text.nullable(),
});
export type ApiTokenView = z.infer<typeof apiTokenView>;

/** The answer of `POST /v1/tokens`. The token is shown this once. */
export const apiTokenMade = apiTokenView.extend({ token: text });
export type ApiTokenMade = z.infer<typeof apiTokenMade>;

/** The answer of `GET /v1/tokens` and `GET /v1/users/{name}/tokens`. */
export const apiTokenList = z.object({ tokens: z.array(apiTokenView) });

/** The answer where all API tokens of a user were revoked. */
export const apiTokensRevoked = z.object({ revoked: z.number().int().min(0) });

const DAY = 86_400;

/** The body of `POST /v1/invites`. */
export const inviteCreation = z.strictObject({
  note: z
    .string()
    .max(200, { error: 'must be at most 200 characters' })
    .optional()
    .describe('Whom it is for.'),
  expires_in: z
    .int({ error: INVITE_LIFE_RULE })
    .min(60, { error: INVITE_LIFE_RULE })
    .max(365 * DAY, { error: INVITE_LIFE_RULE })
    .default(7 * DAY)
    .describe('Seconds until it expires.'),
});
export type InviteCreation = z.infer<typeof inviteCreation>;

/** An invite as it is listed: never its code. */
export const inviteView = z.object({
  id: text,
  note: text,
  created_by: text,
  created_at: time,
  expires_at: time,
  used_at: time.nullable(),
  used_by: text.nullable(),
});
export type InviteView = z.infer<typeof inviteView>;

/** The answer of `POST /v1/invites`. The code is shown this once. */
export const inviteMade = inviteView.extend({ code: text });
export type InviteMade = z.infer<typeof inviteMade>;

/** The answer of `GET /v1/invites`. */
export const inviteList = z.object({ invites: z.array(inviteView) });
