import * as z from 'zod';
import { password, userName } from './credentials.js';
import { PERMISSION_NAMES, permissionList, ROLES, type Permission } from './permissions.js';
import { codePointCount, userNameKey } from './user-name.js';

/** The statuses of contract 2. Only an active account gets in. */
export const STATUSES = ['active', 'inactive', 'suspended'] as const;
export type Status = (typeof STATUSES)[number];

const EMAIL_RULE = 'must be an e-mail address of at most 254 characters';
const METADATA_BYTES = 16 * 1024;
const METADATA_RULE = `must be a JSON object of at most ${String(METADATA_BYTES)} bytes`;

/** An e-mail address, trimmed. Compared by {@link emailKey}. */
export const emailAddress = z
  .string({ error: EMAIL_RULE })
  .trim()
  .refine(isEmailAddress, { error: EMAIL_RULE })
  .describe('An e-mail address.');

function isEmailAddress(text: string): boolean {
  if (text.length > 254 || /\p{Default_Ignorable_Code_Point}/u.test(text)) return false;
  // What another form of the same characters would be is refused: full-width letters for one.
  return (
    text.normalize('NFKC') === text &&
    z.regexes.unicodeEmail.test(text) &&
    z.regexes.rfc5322Email.test(asciiOf(text))
  );
}

// The shape is RFC 5322's, whatever the letters.
function asciiOf(text: string): string {
  return text.replace(/\P{ASCII}/gu, 'x');
}

/** The form under which an e-mail address is found and compared. */
export function emailKey(address: string): string {
  return userNameKey(address.trim());
}

function profileText(most: number) {
  const rule = `must be a text of at most ${String(most)} characters`;
  return z
    .string({ error: rule })
    .refine((text) => text.length <= 2 * most && codePointCount(text) <= most, { error: rule })
    .describe(`At most ${String(most)} characters.`);
}

const metadata = z
  .record(z.string(), z.unknown(), { error: METADATA_RULE })
  .refine((value) => new TextEncoder().encode(JSON.stringify(value)).length <= METADATA_BYTES, {
    error: METADATA_RULE,
  })
  .describe('Any JSON object of at most 16 KiB.');

/** The fields of a profile that are texts, each with the most characters it has. Contract 2. */
const PROFILE_TEXTS = {
  full_name: profileText(200),
  phone: profileText(50),
  address: profileText(500),
  city: profileText(100),
  country: profileText(100),
  postal_code: profileText(20),
  date_of_birth: profileText(32),
  notes: profileText(4000),
} as const;
export type ProfileText = keyof typeof PROFILE_TEXTS;

/** Their names, in the order in which they are shown. */
export const PROFILE_TEXT_NAMES = Object.keys(PROFILE_TEXTS) as readonly ProfileText[];

const profile = z.object({ ...PROFILE_TEXTS, metadata }).partial();
/** What an account says of its bearer, beside name and e-mail address; encrypted where it is kept. */

/** The body of `POST /v1/account`: makes an account. */
export const registration = z.strictObject({
  username: userName,
  email: emailAddress.optional(),
  password,
  invite: z.string().max(128).optional().describe('A code, where the operator asks for one.'),
  ...profile.shape,
});
export type Registration = z.infer<typeof registration>;

/** The body of `PATCH /v1/account`: what is not named stays. */
export const accountChanges = z.strictObject({
  username: userName.optional(),
  email: emailAddress.optional(),
  ...profile.shape,
});
export type AccountChanges = z.infer<typeof accountChanges>;

/** The body of `POST /v1/account/password`. */
export const passwordChange = z.strictObject({ current_password: password, new_password: password });

/** The body of `DELETE /v1/account`. */
export const accountDeletion = z.strictObject({ password });

const role = z.enum(ROLES, { error: `must be one of ${ROLES.join(', ')}` });
const status = z.enum(STATUSES, { error: `must be one of ${STATUSES.join(', ')}` });

/** The body of `POST /v1/users`: an administrator makes an account. Without a password it gets a one-time one. */
export const userCreation = z.strictObject({
  ...registration.omit({ invite: true, password: true }).shape,
  password: password.optional(),
  role: role.optional(),
  permissions: permissionList.nullable().optional().describe('Null: those of the role.'),
});
export type UserCreation = z.infer<typeof userCreation>;

/** The body of `PATCH /v1/users/{name}`: what is not named stays. */
export const userChanges = z.strictObject({
  ...accountChanges.shape,
  role: role.optional(),
  status: status.optional(),
  permissions: permissionList.nullable().optional().describe('Null: those of the role.'),
});
export type UserChanges = z.infer<typeof userChanges>;

const text = z.string();

/** An account as its bearer and administrators see it: contract 2's `user`, what it may do, and an id, which that has not. */
export const account = z.object({
  id: text.describe('Stays the same, whatever the account is called.'),
  username: text,
  email: text.describe('Empty where there is none.'),
  full_name: text,
  phone: text,
  address: text,
  city: text,
  country: text,
  postal_code: text,
  date_of_birth: text,
  role,
  status,
  created_at: text.describe('UTC, RFC 3339; so are the other times.'),
  updated_at: text,
  last_login: text.nullable(),
  notes: text,
  metadata: z.record(z.string(), z.unknown()),
  permissions: z
    .array(z.enum(PERMISSION_NAMES as [Permission, ...Permission[]]))
    .describe('All that it may do.'),
  has_own_permissions: z.boolean().describe('Whether they are its own, not its role’s.'),
  must_change_password: z
    .boolean()
    .describe('Whether it has a one-time password, which has to be changed first.'),
  damaged_fields: z
    .array(text)
    .optional()
    .describe('Fields that cannot be decrypted and are shown empty; only where there are some.'),
});
export type AccountView = z.infer<typeof account>;

/** An account as any other account sees it. */
export const accountSummary = account.pick({ username: true, full_name: true, role: true });
export type AccountSummary = z.infer<typeof accountSummary>;

/** The parameters of `GET /v1/users`. */
export const usersQuery = z.strictObject({
  search: z
    .string()
    .min(1)
    .max(254)
    .regex(/^\P{Cc}*$/u, { error: 'must have no control characters' })
    .optional()
    .describe('In the user name, or a whole e-mail address.'),
  role: role.optional(),
  status: status.optional(),
  limit: z
    .string()
    .regex(/^(?:[1-9]\d{0,2}|1000)$/, { error: 'must be a number from 1 to 1000' })
    .default('100')
    .transform(Number),
  cursor: z.string().max(512).optional().describe('From `next` of the page before.'),
});
export type UsersQuery = z.infer<typeof usersQuery>;

/** The answer of `GET /v1/users`: whole accounts for administrators, of others' only name and role. */
export const usersPage = z.object({
  users: z.array(z.union([account, accountSummary])),
  next: text.nullable().describe('The cursor of the next page; null at the end.'),
});
export type UsersPage = z.infer<typeof usersPage>;

/** The answer where a password has been made for one login. It is shown this once. */
export const oneTimePassword = z.object({
  username: text,
  one_time_password: text,
  expires_at: text.describe('Until when the login with it is possible.'),
});
export type OneTimePassword = z.infer<typeof oneTimePassword>;

/** The answer of `POST /v1/users`. */
export const userMade = z.object({
  user: account,
  one_time: oneTimePassword.optional().describe('Where no password was given.'),
});
export type UserMade = z.infer<typeof userMade>;
