import type { EmployeeView } from '../../../../protocol/employees.js';
import { BROWSER_SESSION } from '../../../api/credential.js';
import type { EmployeesApi } from '../../../api/employees/employees-api.js';
import { GatherError } from '../../../api/gather-error.js';

const PAGE = 1000;
// Each reading writes a line of the audit log, one after the other: more at once would only wait there.
const READ_AT_ONCE = 8;

/** An employee that cannot be read: without it no export is complete. */
export class UnreadableEmployee extends Error {
  override readonly name = 'UnreadableEmployee';
  readonly id: number;

  /** @param reason - in words for people, or what went wrong */
  constructor(id: number, reason: string, cause?: unknown) {
    super(reason, { cause });
    this.id = id;
  }
}

/** The numbers of all employees there are. Rejects with a GatherError. */
export async function idsOfAll(api: EmployeesApi): Promise<readonly number[]> {
  const ids: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await api.list(BROWSER_SESSION, { limit: PAGE, cursor });
    ids.push(...page.employees.map(({ id }) => id));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return ids;
}

/** What was read of all employees. */
export interface WholeEmployees {
  readonly employees: readonly EmployeeView[];
  /** How many were deleted after they were listed. */
  readonly gone: number;
}

/**
 * Reads employees with everything, each by itself. Rejects with an UnreadableEmployee, and with the signal's reason once that is aborted.
 *
 * @param onRead - is told how many have been read, again and again
 */
export async function readWhole(
  api: EmployeesApi,
  ids: readonly number[],
  { signal, onRead }: { readonly signal: AbortSignal; readonly onRead: (count: number) => void },
): Promise<WholeEmployees> {
  const employees: EmployeeView[] = [];
  for (let at = 0; at < ids.length; at += READ_AT_ONCE) {
    signal.throwIfAborted();
    const read = await Promise.all(ids.slice(at, at + READ_AT_ONCE).map((id) => readOne(api, id)));
    employees.push(...read.filter((one) => one !== undefined));
    onRead(Math.min(at + READ_AT_ONCE, ids.length));
  }
  signal.throwIfAborted();
  return { employees, gone: ids.length - employees.length };
}

// Undefined where it was deleted since. A file without any other, or with a field that is empty by damage, would be taken for a whole one.
async function readOne(api: EmployeesApi, id: number): Promise<EmployeeView | undefined> {
  try {
    const { answer } = await api.get(BROWSER_SESSION, id);
    const damaged = answer.damaged_fields ?? [];
    if (damaged.length === 0) return answer;
    throw new UnreadableEmployee(id, `${damaged.join(', ')} cannot be decrypted.`);
  } catch (error) {
    if (!(error instanceof GatherError)) throw error;
    if (error.problem?.code === 'employee.unknown') return undefined;
    throw new UnreadableEmployee(id, error.message, error);
  }
}
