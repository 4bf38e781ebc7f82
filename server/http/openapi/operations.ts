import { ACCOUNT_OPERATIONS } from '../operations/account-operations.js';
import { ADMINISTRATION_OPERATIONS } from '../operations/administration-operations.js';
import { CONSOLE_OPERATIONS } from '../operations/console-operations.js';
import { EMPLOYEE_OPERATIONS } from '../operations/employee-operations.js';
import { FEED_OPERATIONS } from '../operations/feed-operations.js';
import { GATHER_OPERATIONS } from '../operations/gather-operations.js';
import { MESSAGE_OPERATIONS } from '../operations/message-operations.js';
import { OVERVIEW_OPERATIONS } from '../operations/overview-operations.js';
import { SERVICE_OPERATIONS } from '../operations/service-operations.js';
import { SESSION_OPERATIONS } from '../operations/session-operations.js';
import { USER_OPERATIONS } from '../operations/user-operations.js';
import { takingKeys } from './idempotency-keys.js';
import type { Operation } from './operation.js';

/** Everything that this server answers on HTTP. A test compares it with the routes, both ways. */
export const OPERATIONS: readonly Operation[] = [
  ...GATHER_OPERATIONS,
  ...MESSAGE_OPERATIONS,
  ...FEED_OPERATIONS,
  ...OVERVIEW_OPERATIONS,
  ...ACCOUNT_OPERATIONS,
  ...SESSION_OPERATIONS,
  ...USER_OPERATIONS,
  ...EMPLOYEE_OPERATIONS,
  ...ADMINISTRATION_OPERATIONS,
  ...CONSOLE_OPERATIONS,
  ...SERVICE_OPERATIONS,
].map(takingKeys);
