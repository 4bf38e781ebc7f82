import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppError } from '../../../errors/app-error.js';
import type { AccountImportService, Collision } from '../../accounts/account-import-service.js';
import type { PasswordHasher } from '../../../passwords/password-hasher.js';
import type { ForeignPassword, ForeignUsers } from './foreign-user.js';
import {
  candidateOf,
  conflictOf,
  loginKeys,
  type Candidate,
  type ImportConflict,
} from './import-candidate.js';

/** What became of a file's users. */
export interface CheckedUsers {
  readonly candidates: readonly Candidate[];
  readonly conflicts: readonly ImportConflict[];
}

/** What checking them needs. */
export interface CheckDeps {
  readonly accounts: AccountImportService;
  readonly hasher: Pick<PasswordHasher, 'compare'>;
  readonly clock: () => Date;
  readonly newId: () => string;
}

type Checked = Candidate | ImportConflict;

// Contract 2: the password that the users service gave its first administrator.
const KNOWN_DEFAULTS = ['admin123'] as const;
const DEFAULT_NOTE =
  'a default password that everybody knows: arrives inactive and without it, an administrator has to make one';

/** As many as the hasher works on at once: logins of others wait for no more than one of these. */
export const HASHED_AT_ONCE = 2;
const LOOKED_UP_AT_ONCE = 50;

/** Why a user cannot be inserted. */
export const COLLISIONS = {
  name_taken: 'the user name exists already',
  email_taken: 'the e-mail address is registered already',
  name_is_email: 'the user name is the e-mail address of another account',
  email_is_name: 'the e-mail address is the user name of another account',
} as const satisfies Record<Collision, string>;

/**
 * Tells the users of a file that can be imported from those that cannot, by themselves, by each other, and by who is there
 * already; who has a default password becomes inactive.
 *
 * @throws AppError `account.hashing_busy`, `database.…`
 */
export async function checkUsers(
  { users }: ForeignUsers,
  keepRoles: boolean,
  deps: CheckDeps,
): Promise<CheckedUsers> {
  const now = deps.clock();
  const read = users.map((user) => candidateOf(user, { now, newId: deps.newId, keepRoles }));
  const free = await eachCandidate(read, LOOKED_UP_AT_ONCE, (found) =>
    withoutCollision(found, deps.accounts),
  );
  const single = withoutRepeated(free);
  const safe = await eachCandidate(single, HASHED_AT_ONCE, (found) =>
    withoutDefaultPassword(found, deps.hasher),
  );
  return {
    candidates: safe.filter(isCandidate),
    conflicts: safe.filter((found): found is ImportConflict => !isCandidate(found)),
  };
}

function isCandidate(found: Checked): found is Candidate {
  return 'user' in found;
}

async function eachCandidate(
  found: readonly Checked[],
  atOnce: number,
  check: (candidate: Candidate) => Promise<Checked>,
): Promise<readonly Checked[]> {
  const checked: Checked[] = [];
  for (let from = 0; from < found.length; from += atOnce) {
    const some = found.slice(from, from + atOnce);
    checked.push(...(await Promise.all(some.map(async (one) => (isCandidate(one) ? check(one) : one)))));
    // The database answers without a turn of the event loop: without one in between, nobody else would get theirs.
    await nextTurn();
  }
  return checked;
}

// Of several users that a login could not tell apart the first is taken.
function withoutRepeated(found: readonly Checked[]): readonly Checked[] {
  const rows = new Map<string, number>();
  return found.map((one) => {
    if (!isCandidate(one)) return one;
    const keys = loginKeys(one.user);
    const earlier = keys.map((key) => rows.get(key)).find((row) => row !== undefined);
    if (earlier !== undefined) {
      return conflict(one, `it has the user name or e-mail address of row ${String(earlier)}`);
    }
    for (const key of keys) rows.set(key, one.row);
    return one;
  });
}

async function withoutCollision(candidate: Candidate, accounts: AccountImportService): Promise<Checked> {
  const collision = await accounts.collisionOf(candidate.user);
  return collision === undefined ? candidate : conflict(candidate, COLLISIONS[collision]);
}

async function withoutDefaultPassword(
  candidate: Candidate,
  hasher: Pick<PasswordHasher, 'compare'>,
): Promise<Checked> {
  try {
    if (!(await isKnownDefault(candidate.password, hasher))) return candidate;
  } catch (error) {
    if (error instanceof AppError) throw error;
    return conflict(candidate, 'its password hash is damaged');
  }
  const { user, notes } = candidate;
  return {
    ...candidate,
    user: { ...user, status: user.status === 'active' ? 'inactive' : user.status },
    // So that activating it lets nobody in who knows the default.
    password: { kind: 'none' },
    notes: [...notes, `has ${DEFAULT_NOTE}`],
  };
}

async function isKnownDefault(
  password: ForeignPassword,
  hasher: Pick<PasswordHasher, 'compare'>,
): Promise<boolean> {
  if (password.kind === 'none') return false;
  for (const known of KNOWN_DEFAULTS) {
    if (password.kind === 'plain' && password.text === known) return true;
    if (password.kind === 'stored' && (await hasher.compare(password.stored, known)).isRight) return true;
  }
  return false;
}

/** A conflict of a candidate. */
export function conflict({ row, user }: Candidate, reason: string): ImportConflict {
  return conflictOf({ row, name: user.name }, reason);
}
