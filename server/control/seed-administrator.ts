import { userNameKey } from '../../protocol/user-name.js';
import type { Secret } from '../config/setting-kinds.js';
import { AppError } from '../errors/app-error.js';
import type { RegistrationService } from '../features/accounts/registration-service.js';
import type { UserStore } from '../features/accounts/user-store.js';
import type { PasswordPolicy } from '../passwords/password-policy.js';
import type { Logger } from '../observability/logger.js';
import { OPERATOR } from './operator-commands.js';

/** What the first administrator is made with. */
export interface Seeding {
  readonly registrations: Pick<RegistrationService, 'create'>;
  readonly users: Pick<UserStore, 'countAdministrators' | 'findByNameKey'>;
  readonly policy: PasswordPolicy;
  /** GATHERD_ADMIN_PASSWORD. */
  readonly password: Secret | undefined;
  readonly logger: Logger;
}

const NAME = 'admin';

/**
 * Makes the administrator `admin` where there is no administrator and the operator has set a password for it; says so in the
 * log where there is none and how one is made. An account `admin` that is there already is not made an administrator: anybody
 * may have registered it.
 *
 * @throws AppError `database.…`, `account.hashing_busy`
 */
export async function seedAdministrator({
  registrations,
  users,
  policy,
  password,
  logger,
}: Seeding): Promise<void> {
  if ((await users.countAdministrators()) > 0) return;
  if (password === undefined) {
    logger.warn('There is no administrator yet: `gatherd admin create` makes one.');
    return;
  }
  if ((await users.findByNameKey(userNameKey(NAME))) !== undefined) {
    logger.error(
      'GATHERD_ADMIN_PASSWORD was not used: an account admin exists and is no administrator. `gatherd admin create NAME` makes one.',
    );
    return;
  }
  const weakness = await weaknessOf(password, policy);
  if (weakness !== undefined)
    logger.warn({ reason: weakness }, 'GATHERD_ADMIN_PASSWORD is taken, but is a weak password.');
  const wanted = { username: NAME, password: password.reveal(), role: 'admin' } as const;
  await registrations.create(OPERATOR, wanted, { isOperators: true });
  logger.info('The administrator admin was made. GATHERD_ADMIN_PASSWORD is not needed any more.');
}

async function weaknessOf(password: Secret, policy: PasswordPolicy): Promise<string | undefined> {
  try {
    await policy.assertAcceptable(password.reveal(), { userName: NAME });
    return undefined;
  } catch (error) {
    if (error instanceof AppError && error.code.startsWith('password.')) return error.message;
    throw error;
  }
}
