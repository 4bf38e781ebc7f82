import { setImmediate } from 'node:timers/promises';
import type { EmployeeChanges } from '../../../protocol/employees.js';
import type { Database } from '../../database/database.js';
import type { Prisma } from '../../database/generated/client.js';
import { likePiece, walkWindows } from '../../database/walk-windows.js';
import type { FieldCipher } from '../../keys/field-cipher.js';
import {
  changedColumns,
  changedEmployee,
  employeeOf,
  rowOf,
  sealedColumns,
  SUMMARY_COLUMNS,
  summaryOf,
} from './employee-row.js';
import type { Employee, EmployeeFilter, EmployeeStore, EmployeeSummary } from './employee-store.js';
import { insertEmployees } from './insert-employees.js';

// SQLite takes 999 parameters in a statement.
const FOUND_AT_ONCE = 500;
const LISTED_AT_ONCE = 100;
const BY_ID = { id: 'asc' } as const;

/** Employees in the database; what is personal beside the name is sealed there. */
export function createPrismaEmployeeStore(database: Database, cipher: FieldCipher): EmployeeStore {
  return {
    findById: async (id) => {
      const where = { id: BigInt(id) };
      const row = await database.read(({ employee }) => employee.findUnique({ where }));
      return row === null ? undefined : employeeOf(row, cipher);
    },
    takenOf: (ids) => takenOf(database, ids),
    list: (filter) => list(database, cipher, filter),
    insert: (employee, now) =>
      database.insertIfFree((client) => client.employee.create({ data: rowOf(employee, now, cipher) })),
    insertAll: (employees, now) => insertEmployees(database, cipher, employees, now),
    change: (before, changes, now) => change(database, cipher, before, changes, now),
    remove: async (id, before) => {
      // One that was removed and made again since is another one, whatever its version is.
      const asRead = before === undefined ? {} : { version: before.version, createdAt: before.createdAt };
      const where = { id: BigInt(id), ...asRead };
      return (await database.write(({ employee }) => employee.deleteMany({ where }))).count === 1;
    },
    resealSome: (keyId, limit) => resealSome(database, cipher, keyId, limit),
  };
}

async function takenOf(database: Database, ids: readonly number[]): Promise<ReadonlySet<number>> {
  const taken = new Set<number>();
  for (let from = 0; from < ids.length; from += FOUND_AT_ONCE) {
    const where = { id: { in: ids.slice(from, from + FOUND_AT_ONCE).map(BigInt) } };
    const rows = await database.read(({ employee }) => employee.findMany({ where, select: { id: true } }));
    for (const { id } of rows) taken.add(Number(id));
    await setImmediate();
  }
  return taken;
}

async function change(
  database: Database,
  cipher: FieldCipher,
  before: Employee,
  changes: EmployeeChanges,
  now: Date,
): Promise<Employee | undefined> {
  const { version, createdAt } = before;
  // One that was removed and made again since is another one, whatever its version is.
  const where = { id: BigInt(before.id), version, createdAt };
  const after = changedEmployee(before, changes, now);
  const { count } = await database.write(({ employee }) =>
    employee.updateMany({ where, data: changedColumns(after, changes, cipher) }),
  );
  return count === 1 ? after : undefined;
}

async function* list(
  database: Database,
  cipher: FieldCipher,
  filter: EmployeeFilter,
): AsyncGenerator<readonly EmployeeSummary[]> {
  const { where, isFound } = searchOf(filter);
  const page = { orderBy: BY_ID, take: LISTED_AT_ONCE, select: SUMMARY_COLUMNS } as const;
  const found = walkWindows({
    after: BigInt(filter.afterId ?? 0),
    atOnce: LISTED_AT_ONCE,
    skipTo: async (gt, skip) => {
      const query = { where: { id: { gt } }, orderBy: BY_ID, skip, select: { id: true } } as const;
      return (await database.read(({ employee }) => employee.findFirst(query)))?.id;
    },
    read: (range) =>
      database.read(({ employee }) => employee.findMany({ where: { ...where, id: range }, ...page })),
    keyOf: ({ id }) => id,
  });
  for await (const rows of found) yield rows.filter(isFound).map((row) => summaryOf(row, cipher));
}

function searchOf({ nameContains = '', id }: EmployeeFilter) {
  const piece = likePiece(nameContains);
  const byId = id === undefined ? [] : [{ id: BigInt(id) }];
  const where: Prisma.EmployeeWhereInput =
    piece === '' ? {} : { OR: [{ nameKey: { contains: piece } }, ...byId] };
  const isFound = (row: { readonly id: bigint; readonly nameKey: string }) =>
    row.nameKey.includes(nameContains) || (id !== undefined && row.id === BigInt(id));
  return { where, isFound };
}

async function resealSome(database: Database, cipher: FieldCipher, keyId: string, limit: number) {
  const rows = await database.read(({ employee }) =>
    employee.findMany({ where: { dataKeyId: { not: keyId } }, take: limit }),
  );
  let damaged = 0;
  for (const row of rows) {
    const employee = employeeOf(row, cipher);
    const { id, version, dataKeyId, createdAt } = row;
    // One that was changed meanwhile is either under the new key by that, or found again.
    const { count } = await database.write((client) =>
      client.employee.updateMany({
        where: { id, version, dataKeyId, createdAt },
        data: sealedColumns(employee, cipher),
      }),
    );
    if (count === 1 && employee.damaged.length > 0) damaged += 1;
  }
  return { rows: rows.length, damaged };
}
