import { basename } from 'node:path';
import pLimit from 'p-limit';
import type { Actor, AuditService } from '../../audit/audit-service.js';
import type { AccountImportService } from '../../accounts/account-import-service.js';
import type { PasswordHasher } from '../../../passwords/password-hasher.js';
import type { ForeignUsers } from './foreign-user.js';
import type { Candidate } from './import-candidate.js';
import { checkUsers, conflict, HASHED_AT_ONCE, COLLISIONS, type CheckedUsers } from './import-checks.js';
import type { ImportPlan, ImportReport } from './import-report.js';
import { readForeignUsers, type ImportSource } from './read-foreign-users.js';

/** How an import is made. */
export interface ImportOptions {
  /** Whether roles are kept; else everybody becomes a user. */
  readonly keepRoles: boolean;
  /** Whether users in conflict are left out; else one is enough and nothing is imported. */
  readonly skipConflicts: boolean;
}

/** Imports the users of other systems, who log in with their old passwords. */
export interface ImportService {
  /**
   * Says what an import would do; nothing is changed. Each password is tried with those that are known as defaults, which
   * takes as long as so many logins.
   *
   * @throws AppError `import.unusable`, `account.hashing_busy`, `database.…`
   */
  plan(source: ImportSource, options: Pick<ImportOptions, 'keepRoles'>): Promise<ImportPlan>;
  /**
   * Plans anew, then imports: all users, or with a conflict and without `skipConflicts` none.
   *
   * @param actor - who does it, for the audit log
   * @throws AppError `import.unusable`, `account.hashing_busy`, `database.…`: nothing was imported, unless it was the audit
   *   log that could not be written
   */
  apply(source: ImportSource, options: ImportOptions, actor: Actor): Promise<ImportReport>;
}

/** What the service needs. */
export interface ImportDeps {
  readonly accounts: AccountImportService;
  readonly hasher: Pick<PasswordHasher, 'hash' | 'compare' | 'expectForeign'>;
  readonly audit: Pick<AuditService, 'append'>;
  readonly clock: () => Date;
  readonly newId: () => string;
}

const NAMES_AN_AUDIT_LINE = 500;
/** Makes the service that imports users. */
export function createImportService(deps: ImportDeps): ImportService {
  return {
    plan: async (source, { keepRoles }) => {
      const foreign = await readForeignUsers(source);
      return planOf(source.path, foreign, await checkUsers(foreign, keepRoles, deps));
    },
    apply: async (source, { keepRoles, skipConflicts }, actor) => {
      const foreign = await readForeignUsers(source);
      const checked = await checkUsers(foreign, keepRoles, deps);
      const { isApplied, ...result } = await insert(checked, skipConflicts, deps);
      const plan = planOf(source.path, foreign, result);
      if (isApplied) await noteImport(plan, actor, deps);
      return { ...plan, isApplied, imported: isApplied ? plan.counts.wouldAdd : 0 };
    },
  };
}

async function insert(checked: CheckedUsers, skipConflicts: boolean, deps: ImportDeps) {
  let { candidates, conflicts } = checked;
  if (conflicts.length > 0 && !skipConflicts) return { ...checked, isApplied: false };
  // Before the first of them can log in.
  if (candidates.some(({ password }) => password.kind === 'stored')) deps.hasher.expectForeign();
  candidates = await pLimit(HASHED_AT_ONCE).map(candidates, (one) => withHash(one, deps.hasher));
  for (;;) {
    const taken = await deps.accounts.insertAll(candidates.map(({ user }) => user));
    if (taken === undefined) return { candidates, conflicts, isApplied: true };
    // Since it was looked for.
    const { index, why } = taken;
    const late = candidates[index];
    if (late !== undefined && why !== 'done') conflicts = [...conflicts, conflict(late, COLLISIONS[why])];
    candidates = candidates.filter((one) => one !== late);
    if (!skipConflicts) return { candidates, conflicts, isApplied: false };
  }
}

async function withHash(candidate: Candidate, hasher: Pick<PasswordHasher, 'hash'>): Promise<Candidate> {
  const { password, user } = candidate;
  if (password.kind === 'none') return candidate;
  const passwordHash = password.kind === 'stored' ? password.stored : await hasher.hash(password.text);
  return { ...candidate, user: { ...user, passwordHash } };
}

function planOf(path: string, { format, users, warnings }: ForeignUsers, checked: CheckedUsers): ImportPlan {
  const { candidates, conflicts } = checked;
  const wouldAdd = candidates.map(({ row, notes, user: { name, role, status } }) => ({
    row,
    name,
    role,
    status,
    notes,
  }));
  const counts = { found: users.length, wouldAdd: wouldAdd.length, conflicts: conflicts.length };
  return { path, format, counts, wouldAdd, conflicts, warnings };
}

async function noteImport(plan: ImportPlan, actor: Actor, { audit }: ImportDeps): Promise<void> {
  const { path, format, counts, wouldAdd } = plan;
  for (let from = 0; from < wouldAdd.length; from += NAMES_AN_AUDIT_LINE) {
    const names = wouldAdd.slice(from, from + NAMES_AN_AUDIT_LINE).map(({ name }) => name);
    const details = { format, imported: counts.wouldAdd, left_out: counts.conflicts, names };
    await audit.append({ action: 'account.imported', actor, subject: { name: basename(path) }, details });
  }
}
