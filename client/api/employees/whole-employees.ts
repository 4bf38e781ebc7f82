import type { EmployeesPage, EmployeeView } from '../../../protocol/employees.js';
import type { Tagged } from '../accounts/json-requests.js';
import { GatherError } from '../gather-error.js';
import type { EmployeesFilter } from './employees-api.js';

/** The most employees of one page. */
const MAX_PAGE = 1000;
// Each reading writes a line of the audit log, one after the other: more at once would only wait there.
const READ_AT_ONCE = 8;

/** An employee that cannot be read: without it no export is complete. */
export class UnreadableEmployee extends Error {
  override readonly name = 'UnreadableEmployee';
  readonly id: number;

  /** @param cause - what went wrong; undefined where fields of it are damaged, as the reason says */
  constructor(id: number, reason: string, cause?: unknown) {
    super(reason, { cause });
    this.id = id;
  }
}

/** Some of all employees, with everything. */
export interface WholeEmployees {
  readonly employees: readonly EmployeeView[];
  /** How many were deleted after they were listed. */
  readonly gone: number;
}

/** The pages of a list, as many as are wanted; each says by `next` whether there is more. Rejects as `list` does. */
export async function* employeePages(
  list: (filter: EmployeesFilter) => Promise<EmployeesPage>,
  {
    search,
    atMost = Number.POSITIVE_INFINITY,
  }: { readonly search?: string | undefined; readonly atMost?: number },
): AsyncGenerator<EmployeesPage> {
  let found = 0;
  let cursor: string | undefined;
  do {
    const page = await list({ search, limit: Math.min(MAX_PAGE, atMost - found), cursor });
    yield page;
    found += page.employees.length;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined && found < atMost);
}

/** Reads employees with everything, each by itself, some at once. Rejects with an UnreadableEmployee. */
export async function* wholeEmployees(
  get: (id: number) => Promise<Tagged<EmployeeView>>,
  ids: readonly number[],
): AsyncGenerator<WholeEmployees> {
  for (let at = 0; at < ids.length; at += READ_AT_ONCE) {
    const read = await Promise.all(ids.slice(at, at + READ_AT_ONCE).map((id) => readOne(get, id)));
    const employees = read.filter((one) => one !== undefined);
    yield { employees, gone: read.length - employees.length };
  }
}

// Undefined where it was deleted since. A file without any other, or with a field that is empty by damage, would be taken for a whole one.
async function readOne(
  get: (id: number) => Promise<Tagged<EmployeeView>>,
  id: number,
): Promise<EmployeeView | undefined> {
  const employee = await existing(get, id);
  const damaged = employee?.damaged_fields ?? [];
  if (damaged.length === 0) return employee;
  throw new UnreadableEmployee(id, `${damaged.join(', ')} cannot be decrypted`);
}

async function existing(
  get: (id: number) => Promise<Tagged<EmployeeView>>,
  id: number,
): Promise<EmployeeView | undefined> {
  try {
    return (await get(id)).answer;
  } catch (error) {
    if (error instanceof GatherError && error.problem?.code === 'employee.unknown') return undefined;
    throw new UnreadableEmployee(id, error instanceof Error ? error.message : String(error), error);
  }
}
