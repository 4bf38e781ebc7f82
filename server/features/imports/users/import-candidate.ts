import {
  emailAddress,
  emailKey,
  PROFILE_TEXT_NAMES,
  registration,
  STATUSES,
  type ProfileText,
  type Status,
} from '../../../../protocol/accounts.js';
import { password, userName } from '../../../../protocol/credentials.js';
import { ROLES, type Role } from '../../../../protocol/permissions.js';
import { userNameKey } from '../../../../protocol/user-name.js';
import type { ImportedUser } from '../../accounts/account-import-service.js';
import type { DamagedUser, ForeignPassword, ForeignUser } from './foreign-user.js';

/** A user as it would be imported. */
export interface Candidate {
  readonly row: number;
  /** All but the password's hash, which is made when it is imported. */
  readonly user: ImportedUser;
  readonly password: ForeignPassword;
  /** What of it comes otherwise than it was. */
  readonly notes: readonly string[];
}

/** A user that would not be imported, and why. */
export interface ImportConflict {
  readonly row: number;
  /** Its beginning; null where it cannot be read. */
  readonly name: string | null;
  readonly reason: string;
}

/** What making candidates needs. */
export interface CandidateDeps {
  readonly now: Date;
  readonly newId: () => string;
  /** Whether roles are kept; else everybody becomes a user. */
  readonly keepRoles: boolean;
}

const MOST_NAME_CHARACTERS = 64;
// As Python, SQLite and RFC 3339 write it; without a zone it is taken as UTC.
const WRITTEN = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:?\d\d)?)?$/i;

/** Makes of a foreign user one of ours, or says why it cannot be one. What is unusable beside its name is left out, with a note. */
export function candidateOf(
  foreign: ForeignUser | DamagedUser,
  deps: CandidateDeps,
): Candidate | ImportConflict {
  if ('damage' in foreign) return conflictOf(foreign, foreign.damage);
  const { row, name, fields, permissions } = foreign;
  const problem = problemOf(foreign);
  if (problem !== undefined) return conflictOf(foreign, problem);
  const notes: string[] = [];
  if (permissions !== null) notes.push(`may: ${permissions.join(', ')}`);
  const { now } = deps;
  if (foreign.password.kind === 'none') notes.push('has no password: an administrator has to make one');
  const createdAt = timeOf(fields, 'created_at', now, notes) ?? now;
  const user: ImportedUser = {
    id: deps.newId(),
    name,
    nameKey: userNameKey(name),
    nameSince: now,
    passwordHash: null,
    oneTimeUntil: null,
    homeEndpoint: null,
    role: roleOf(fields['role'], deps.keepRoles, notes),
    status: statusOf(fields['status'], notes),
    permissions,
    isCredential: false,
    email: emailOf(fields['email'], notes),
    profile: { texts: textsOf(fields, notes), metadata: metadataOf(fields['metadata'], notes) },
    createdAt,
    updatedAt: timeOf(fields, 'updated_at', now, notes) ?? createdAt,
    lastLoginAt: timeOf(fields, 'last_login', now, notes) ?? null,
  };
  return { row, user, password: foreign.password, notes };
}

/** A conflict of a user. */
export function conflictOf(
  { row, name }: { readonly row: number; readonly name: string | undefined },
  reason: string,
): ImportConflict {
  return { row, name: name?.slice(0, MOST_NAME_CHARACTERS) ?? null, reason };
}

/** The compared forms of what a login finds a user by: its name, and its e-mail address where it has one. */
export function loginKeys({ nameKey, email }: Pick<ImportedUser, 'nameKey' | 'email'>): readonly string[] {
  return email === null ? [nameKey] : [...new Set([nameKey, emailKey(email)])];
}

function problemOf({ name, password: given }: ForeignUser): string | undefined {
  const named = userName.safeParse(name);
  if (!named.success) return `the user name ${ruleOf(named)}`;
  const chosen = given.kind === 'plain' ? password.safeParse(given.text) : undefined;
  return chosen?.success === false ? `the password ${ruleOf(chosen)}` : undefined;
}

function ruleOf({ error }: { readonly error: { readonly issues: readonly { readonly message: string }[] } }) {
  return error.issues[0]?.message ?? 'is not possible';
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

function roleOf(value: unknown, keepRoles: boolean, notes: string[]): Role {
  const role = ROLES.find((known) => known === lowerCase(value));
  if (isMissing(value) || role === 'user') return 'user';
  if (role === undefined) notes.push('its role is unknown: becomes user');
  else if (!keepRoles) notes.push(`was ${role}: becomes user`);
  return (keepRoles ? role : undefined) ?? 'user';
}

function statusOf(value: unknown, notes: string[]): Status {
  if (isMissing(value)) return 'active';
  const status = STATUSES.find((known) => known === lowerCase(value));
  if (status === undefined) notes.push('its status is unknown: becomes inactive');
  return status ?? 'inactive';
}

function lowerCase(value: unknown): unknown {
  return typeof value === 'string' ? value.trim().toLowerCase() : value;
}

function emailOf(value: unknown, notes: string[]): string | null {
  if (isMissing(value)) return null;
  const email = emailAddress.safeParse(value);
  if (!email.success) notes.push(`email is left out: it ${ruleOf(email)}`);
  return email.data ?? null;
}

function textsOf(fields: ForeignUser['fields'], notes: string[]): Partial<Record<ProfileText, string>> {
  const texts: Partial<Record<ProfileText, string>> = {};
  for (const field of PROFILE_TEXT_NAMES) {
    const value = fields[field];
    if (isMissing(value)) continue;
    const text = registration.shape[field].safeParse(typeof value === 'number' ? String(value) : value);
    if (!text.success) notes.push(`${field} is left out: it ${ruleOf(text)}`);
    else if (text.data !== undefined) texts[field] = text.data;
  }
  return texts;
}

function metadataOf(value: unknown, notes: string[]): Readonly<Record<string, unknown>> {
  if (isMissing(value)) return {};
  const metadata = registration.shape.metadata.safeParse(value);
  if (!metadata.success) notes.push(`metadata is left out: it ${ruleOf(metadata)}`);
  return metadata.data ?? {};
}

function timeOf(fields: ForeignUser['fields'], field: string, now: Date, notes: string[]): Date | undefined {
  const value = fields[field];
  if (isMissing(value)) return undefined;
  const time = foreignTime(value, now);
  if (time === undefined) notes.push(`${field} is left out: it is no time in the past`);
  return time;
}

// None where it is not between 1970 and now. A number is one of seconds.
function foreignTime(value: unknown, now: Date): Date | undefined {
  const ms = typeof value === 'number' ? value * 1000 : typeof value === 'string' ? written(value) : NaN;
  return ms >= 0 && ms <= now.getTime() ? new Date(ms) : undefined;
}

function written(text: string): number {
  const match = WRITTEN.exec(text.trim());
  if (match === null) return NaN;
  const [, day = '', time = '00:00', zone = 'Z'] = match;
  const [upToSeconds = '', fraction = ''] = time.split('.');
  return Date.parse(`${day}T${upToSeconds}.${fraction.slice(0, 3).padEnd(3, '0')}${zone.toUpperCase()}`);
}
