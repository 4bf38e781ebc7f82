import { ANY_VERSION } from '../../../api/employees/employees-api.js';
import {
  employeeChanges,
  type EmployeeChanges,
  employeeCreation,
  type EmployeeCreation,
  type EmployeeView,
} from '../../../../protocol/employees.js';
import { CliError } from '../../cli-error.js';
import { type CommandContext, ownerOf } from '../../command-context.js';
import {
  agreeToSend,
  askChanges,
  askEmployee,
  atTerminal,
  nothingSent,
} from '../../employees/ask-employee.js';
import type { EmployeeValues } from '../../employees/employee-fields.js';
import { nameOfEmployee } from '../../employees/employee-text.js';
import type { CommandResult } from '../../output/output.js';
import { confirm } from '../../terminal/confirm.js';
import { jsonOf } from '../accounts/account-command.js';
import type { YesFlag } from '../accounts/command-group.js';
import {
  type EmployeeFlags,
  employeeValuesOf,
  refuseIncomplete,
  refuseNoChange,
} from './employee-options.js';
import { readIfPermitted } from '../../employees/read-if-permitted.js';
import { type AskEmployees, explained, idIn, withEmployees } from './with-employees.js';

/** The options of `gather employees update`, as they were given. */
export interface UpdateFlags extends EmployeeFlags, YesFlag {
  readonly overwrite?: boolean;
}

/** Adds an employee. On a terminal what is missing is asked for, and the whole confirmed. */
export async function addEmployee(
  context: CommandContext,
  flags: EmployeeFlags & YesFlag,
): Promise<CommandResult> {
  const given = await employeeValuesOf(context, flags);
  const wanted = await wholeEmployee(context, given, flags);
  const { answer, etag } = await withEmployees(context, (ask) => ask((api, token) => api.add(token, wanted)));
  return {
    text: `Employee ${String(answer.id)} is added`,
    fields: { ...ownerOf(context), employee: jsonOf(answer), etag },
  };
}

/** Changes an employee as it is when this begins. On a terminal what is to be changed is asked for where no option gives it. */
export async function updateEmployee(
  context: CommandContext,
  idText: string,
  flags: UpdateFlags,
): Promise<CommandResult> {
  const id = idIn(idText);
  const given = await employeeValuesOf(context, flags);
  if (context.io.stdin.isTTY !== true) refuseNoChange(given);
  return withEmployees(context, async (ask) => {
    const { before, etag } = await versionToChange(ask, id, flags);
    const changes = await settledChanges(context, { id, before, given, isAgreed: flags.yes === true });
    if (Object.keys(changes).length === 0) {
      return { text: 'Nothing is changed', fields: { ...ownerOf(context), id, changed: [] } };
    }
    const changed = await ask((api, token) => api.change(token, id, changes, etag)).catch(
      (error: unknown) => {
        throw explained(error, id);
      },
    );
    return {
      text: `Employee ${String(id)} is changed`,
      fields: {
        ...ownerOf(context),
        employee: jsonOf(changed.answer),
        etag: changed.etag,
        changed: Object.keys(changes),
      },
    };
  });
}

/** Deletes an employee. Whoever is asked sees whom it is about; what was changed since is not deleted. */
export async function deleteEmployee(
  context: CommandContext,
  idText: string,
  { yes }: YesFlag,
): Promise<CommandResult> {
  const id = idIn(idText);
  const { io } = context;
  const what = (employee?: EmployeeView): string =>
    `This deletes employee ${String(id)}${nameOfEmployee(employee)} for ever`;
  const isAsked = yes !== true && io.stdin.isTTY === true;
  if (!isAsked) await confirm(io, { what: what(), isAgreed: yes === true });
  return withEmployees(context, async (ask) => {
    const before = isAsked ? await readIfPermitted(() => ask((api, token) => api.get(token, id))) : undefined;
    if (isAsked) await confirm(io, { what: what(before?.answer), isAgreed: false });
    await ask((api, token) => api.remove(token, id, before?.etag)).catch((error: unknown) => {
      throw explained(error, id);
    });
    return {
      text: `Employee ${String(id)} is deleted`,
      fields: { ...ownerOf(context), id, deleted: true },
    };
  });
}

async function wholeEmployee(
  { io }: CommandContext,
  given: EmployeeValues,
  { yes }: YesFlag,
): Promise<EmployeeCreation> {
  if (io.stdin.isTTY !== true) {
    refuseIncomplete(given);
    return employeeCreation.parse(given);
  }
  return atTerminal(io, async (asking) => {
    const wanted = await askEmployee(asking, given);
    const isAgreed = yes === true || (await agreeToSend(asking, wanted, 'Add this employee?'));
    if (!isAgreed) throw nothingSent();
    return wanted;
  });
}

interface Version {
  /** Undefined where it was not read. */
  readonly before: EmployeeView | undefined;
  readonly etag: string;
}

async function versionToChange(ask: AskEmployees, id: number, { overwrite }: UpdateFlags): Promise<Version> {
  if (overwrite === true) return { before: undefined, etag: ANY_VERSION };
  const read = await readIfPermitted(() => ask((api, token) => api.get(token, id)));
  if (read !== undefined) return { before: read.answer, etag: read.etag };
  const text = `This account may not read employee ${String(id)}, so nobody can tell what others have changed in it: --overwrite changes it all the same`;
  throw new CliError('notPermitted', 'not_permitted', text);
}

interface Change {
  readonly id: number;
  readonly before: EmployeeView | undefined;
  readonly given: EmployeeValues;
  readonly isAgreed: boolean;
}

async function settledChanges(
  { io }: CommandContext,
  { id, before, given, isAgreed }: Change,
): Promise<EmployeeChanges> {
  const isGiven = Object.keys(given).length > 0;
  if (io.stdin.isTTY !== true || (isGiven && isAgreed)) return employeeChanges.parse(given);
  return atTerminal(io, async (asking) => {
    const changes = isGiven ? employeeChanges.parse(given) : await askChanges(asking, before);
    if (Object.keys(changes).length === 0 || isAgreed) return changes;
    const question = `Change employee ${String(id)}${nameOfEmployee(before)} so?`;
    if (!(await agreeToSend(asking, changes, question))) throw nothingSent();
    return changes;
  });
}
