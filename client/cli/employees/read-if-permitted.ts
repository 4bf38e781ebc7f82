import type { Tagged } from '../../api/accounts/json-requests.js';
import { GatherError } from '../../api/gather-error.js';
import type { EmployeeView } from '../../../protocol/employees.js';

/**
 * An employee as it is now, and the version of it; undefined where it may not be read: who may change or delete may not always read.
 *
 * @param read - asks for it
 */
export async function readIfPermitted(
  read: () => Promise<Tagged<EmployeeView>>,
): Promise<Tagged<EmployeeView> | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof GatherError && error.problem?.code === 'permission.missing') return undefined;
    throw error;
  }
}
