import { isAbsolute } from 'node:path';
import * as z from 'zod';
import { userCreation } from '../../protocol/accounts.js';
import { Secret } from '../config/setting-kinds.js';
import type { RegistrationService } from '../features/accounts/registration-service.js';
import type { Actor } from '../features/audit/audit-service.js';
import type { BackupService } from '../features/backup/backup-service.js';
import type { EmployeesImportService } from '../features/imports/employees/employees-import-service.js';
import { IMPORT_FORMATS } from '../features/imports/users/foreign-user.js';
import type { ImportService } from '../features/imports/users/import-service.js';
import type { KeyService } from '../features/keys/key-service.js';
import type { RotationOutcome } from '../keys/rotate-keys.js';
import { controlCommand, type CommandContext, type ControlCommands } from './control-command.js';

/** What the operator's commands work with. */
export interface OperatorServices {
  readonly registrations: Pick<RegistrationService, 'create'>;
  readonly imports: ImportService;
  readonly employeesImports: EmployeesImportService;
  readonly keyService: KeyService;
  readonly backups: BackupService;
}

/** Who the operator is to the audit log. */
export const OPERATOR: Actor = { endpoint: 'local', door: 'operator' };

/** The answer of `admin.create`. A password is in it only where it was made for one login. */
export interface AdminMade {
  readonly username: string;
  readonly oneTimePassword?: string;
  readonly expiresAt?: string;
}

/** The answer of `key.rotate`. */
export interface KeysRotated extends RotationOutcome {
  /** Where another master key has to be at the next start; null: it is the same one. */
  readonly newMasterKey: 'file' | 'setting' | null;
}

/** Everything that the operator can have done, by whoever has the data directory: a server or the command itself. */
export function operatorCommands(services: OperatorServices): ControlCommands {
  const { imports, employeesImports, backups } = services;
  return {
    'admin.create': controlCommand(adminCreation, (wanted) => createAdmin(wanted, services)),
    'users.import': controlCommand(usersImport, ({ source, isApplied, ...options }) =>
      isApplied ? imports.apply(source, options, OPERATOR) : imports.plan(source, options),
    ),
    'employees.import': controlCommand(employeesImport, ({ path, isApplied, skipConflicts }) =>
      isApplied
        ? employeesImports.apply(path, { skipConflicts }, OPERATOR)
        : employeesImports.plan(path, OPERATOR),
    ),
    'key.rotate': controlCommand(keyRotation, (wanted, context) => rotate(wanted, context, services)),
    backup: controlCommand(backup, ({ target, withKeys }) => backups.backup(OPERATOR, target, { withKeys })),
  };
}

// A server is in another directory than whoever asks it.
const absolutePath = z.string().refine(isAbsolute, { error: 'must be an absolute path' });

const adminCreation = userCreation.pick({ username: true, password: true, email: true });

async function createAdmin(
  wanted: z.infer<typeof adminCreation>,
  { registrations }: OperatorServices,
): Promise<AdminMade> {
  const { account, oneTime } = await registrations.create(OPERATOR, { ...wanted, role: 'admin' });
  const { username } = account;
  if (oneTime === undefined) return { username };
  return { username, oneTimePassword: oneTime.password, expiresAt: oneTime.expiresAt.toISOString() };
}

const usersImport = z.strictObject({
  source: z.strictObject({
    path: absolutePath,
    format: z.enum(IMPORT_FORMATS).optional(),
    masterPassword: z.string().optional(),
  }),
  isApplied: z.boolean(),
  keepRoles: z.boolean(),
  skipConflicts: z.boolean(),
});

const employeesImport = z.strictObject({
  path: absolutePath,
  isApplied: z.boolean(),
  skipConflicts: z.boolean(),
});

const keyRotation = z.strictObject({
  /** A new file in the data directory, or what GATHERD_MASTER_KEY will be. */
  newMasterKey: z.union([z.literal('file'), z.strictObject({ setting: z.string().min(16) })]).optional(),
});

// The master key first: no new data key is ever under the one that was.
async function rotate(
  { newMasterKey }: z.infer<typeof keyRotation>,
  context: CommandContext,
  { keyService }: OperatorServices,
): Promise<KeysRotated> {
  if (newMasterKey === undefined) return { ...(await rotateFields(keyService, context)), newMasterKey: null };
  const given = newMasterKey === 'file' ? undefined : new Secret(newMasterKey.setting);
  const { source } = await keyService.changeMasterKey(OPERATOR, given);
  const outcome = await rotateFields(keyService, context);
  if (!outcome.isResumed) return { ...outcome, newMasterKey: source };
  // What an earlier rotation had begun was under the other master key too.
  const again = await rotateFields(keyService, context);
  return { ...again, rows: outcome.rows + again.rows, newMasterKey: source };
}

async function rotateFields(
  keyService: KeyService,
  { signal, onProgress }: CommandContext,
): Promise<RotationOutcome> {
  const rotation = keyService.rotate(OPERATOR);
  let step = await rotation.next();
  while (step.done !== true) {
    onProgress(step.value);
    // What is left half-way is finished at the next start, or rotation.
    signal.throwIfAborted();
    step = await rotation.next();
  }
  return step.value;
}

const backup = z.strictObject({ target: absolutePath, withKeys: z.boolean() });
