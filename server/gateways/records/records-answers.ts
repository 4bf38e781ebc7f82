import type { EmployeeView } from '../../../protocol/employees.js';
import { AppError } from '../../errors/app-error.js';
import type { ErrorCode } from '../../errors/error-table.js';
import { assertCertified } from '../../features/certificates/certificate-service.js';
import type { EmployeeService } from '../../features/employees/employee-service.js';
import type { Caller } from '../../features/sessions/session-service.js';
import type { NoteRefusal } from '../gateway-refusals.js';
import type { CountTry } from '../gateway.js';
import type { Line } from '../line-reader.js';
import { TOO_LATE, within } from '../time-limit.js';
import { pythonTuple } from './python-repr.js';
import { readEmployee, readId, readUpdate } from './records-arguments.js';
import { createRecordsLogon, type RecordsLogonServices } from './records-logon.js';
import { readRequest, WRONG_SHAPE, type Command, type RecordsRequest } from './records-request.js';
import type { RecordsVisit } from './records-visit.js';

/** The services behind contract 3. */
export interface RecordsServices extends RecordsLogonServices {
  readonly employees: Pick<EmployeeService, 'assertMay' | 'get' | 'add' | 'change' | 'remove'>;
}

/** Answers a request of contract 3, whatever it is; undefined where it is not known in time what came of it. Never rejects. */
export type AnswerRecords = (line: Line, visit: RecordsVisit) => Promise<string | undefined>;

type Deed = Exclude<Command, 'logon'>;
type Act = (caller: Caller, args: string) => Promise<string>;

const NO_CREDENTIALS = 'Invalid credentials';
const NO_PERMISSION = 'Invalid permissions';

const REPLIES: Partial<Readonly<Record<ErrorCode, string>>> = {
  'employee.unknown': 'Employee does not exist',
  'employee.exists': 'Employee already exists',
};
/** Whoever is told so is not who may do it, whatever the reason. */
const OF_PERMISSION = /^(?:account|certificate|permission|session|token)\./;

/** Makes the answers of contract 3. @param answerWithinMs - milliseconds for each */
export function createRecordsAnswers(
  services: RecordsServices,
  countTry: CountTry,
  noteRefusal: NoteRefusal,
  answerWithinMs: number,
): AnswerRecords {
  const logOn = createRecordsLogon(services, countTry);
  const acts = createActs(services);

  async function answer({ command, token, args }: RecordsRequest, visit: RecordsVisit): Promise<string> {
    if (command !== 'logon') {
      const caller = callerOf(token, visit, services);
      services.employees.assertMay(caller, command);
      return acts[command](caller, args);
    }
    const entrant = await logOn(args, visit);
    await visit.enter(entrant);
    return `SUCCESS: ${entrant.token}`;
  }

  return async (line, visit) => {
    const request = readRequest(line);
    if (typeof request === 'string') return request;
    try {
      const reply = await within(answerWithinMs, answer(request, visit));
      return reply === TOO_LATE ? undefined : reply;
    } catch (error) {
      const { command } = request;
      const refused = { gateway: 'records', action: command, endpoint: visit.endpoint };
      return replyTo(noteRefusal(error, refused), command);
    }
  };
}

function callerOf(
  token: string,
  { endpoint, certificate }: RecordsVisit,
  { sessions }: RecordsServices,
): Caller {
  const session = sessions.authorize(token, endpoint);
  const caller: Caller = { session, endpoint, door: 'records', certificate };
  assertCertified(caller);
  return caller;
}

function createActs({ employees }: RecordsServices): Record<Deed, Act> {
  return {
    get: async (caller, args) => {
      const id = readId(args);
      return 'reply' in id ? id.reply : tupleOf((await employees.get(caller, id.value)).employee);
    },
    add: async (caller, args) => {
      const wanted = readEmployee(args);
      if ('reply' in wanted) return wanted.reply;
      await employees.add(caller, wanted.value);
      return done(wanted.value.id, 'added');
    },
    update: async (caller, args) => {
      const update = readUpdate(args);
      if ('reply' in update) return update.reply;
      const { id, changes } = update.value;
      await employees.change(caller, id, changes, 'any');
      return done(id, 'updated');
    },
    delete: async (caller, args) => {
      const id = readId(args);
      if ('reply' in id) return id.reply;
      await employees.remove(caller, id.value, 'any');
      return done(id.value, 'deleted');
    },
  };
}

function done(id: number, what: string): string {
  return `Employee #${String(id)} successfully ${what}`;
}

/** @throws AppError `key.unusable` where a field cannot be decrypted: this protocol has nothing to show in its place */
function tupleOf({
  id,
  first_name,
  last_name,
  ssn,
  date_of_birth,
  salary,
  damaged_fields = [],
}: EmployeeView): string {
  if (salary !== null && damaged_fields.length === 0)
    return pythonTuple([id, first_name, last_name, Number(ssn), date_of_birth, salary]);
  const reason = `it does not open ${damaged_fields.join(', ')}`;
  throw new AppError('key.unusable', { details: { path: `of employee ${String(id)}`, reason } });
}

function replyTo({ code, kind }: AppError, command: Command): string {
  if (kind.status >= 500) return WRONG_SHAPE;
  if (command === 'logon') return NO_CREDENTIALS;
  return REPLIES[code] ?? (OF_PERMISSION.test(code) ? NO_PERMISSION : WRONG_SHAPE);
}
