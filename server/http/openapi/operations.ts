import { GATHER_OPERATIONS } from './gather-operations.js';
import { MESSAGE_OPERATIONS } from './message-operations.js';
import type { Operation } from './operation.js';
import { SERVICE_OPERATIONS } from './service-operations.js';

/** Everything that this server answers on HTTP. A test compares it with the routes, both ways. */
export const OPERATIONS: readonly Operation[] = [
  ...GATHER_OPERATIONS,
  ...MESSAGE_OPERATIONS,
  ...SERVICE_OPERATIONS,
];
