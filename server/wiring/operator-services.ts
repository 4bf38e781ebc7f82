import { randomUUID } from 'node:crypto';
import type { Settings } from '../config/settings.js';
import type { OperatorServices } from '../control/operator-commands.js';
import { createAccountImportService } from '../features/accounts/account-import-service.js';
import { sealedUsers } from '../features/accounts/user-row.js';
import { createBackupService } from '../features/backup/backup-service.js';
import { sealedEmployees } from '../features/employees/employee-row.js';
import { createEmployeesImportService } from '../features/imports/employees/employees-import-service.js';
import { createImportService } from '../features/imports/users/import-service.js';
import { createKeyService } from '../features/keys/key-service.js';
import type { Services, ServiceSurroundings } from './open-services.js';

/** Puts together what the operator's commands work with. @param version - of gatherd */
export function createOperatorServices(
  { masterKey, pepper }: Settings,
  { directory, clock }: Pick<ServiceSurroundings, 'directory' | 'clock'>,
  { keys, users, employeeStore, employeeImports, hasher, audit, registrations }: Services,
  version: string,
): OperatorServices {
  const keySettings = [
    ...(masterKey === undefined ? [] : ['GATHERD_MASTER_KEY']),
    ...(pepper === undefined ? [] : ['GATHERD_PEPPER']),
  ];
  return {
    registrations,
    imports: createImportService({
      ...{ hasher, audit, clock },
      accounts: createAccountImportService(users),
      newId: randomUUID,
    }),
    employeesImports: createEmployeesImportService(employeeImports),
    keyService: createKeyService({
      ring: keys,
      tables: [sealedUsers(users), sealedEmployees(employeeStore)],
      audit,
    }),
    backups: createBackupService({ directory, keys, audit, keySettings, version, clock }),
  };
}
