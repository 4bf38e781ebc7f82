import { password as passwordSchema, userName } from '../../../protocol/credentials.js';
import type { RegistrationService } from '../../features/accounts/registration-service.js';
import type { UserAdminService } from '../../features/accounts/user-admin-service.js';
import type { Actor } from '../../features/audit/audit-service.js';
import type { LoginService } from '../../features/sessions/login-service.js';
import type { NoteRefusal } from '../gateway-refusals.js';
import type { CountTry } from '../gateway.js';
import { TOO_LATE, within } from '../time-limit.js';
import type { Command, CredentialsRequest } from './credentials-request.js';

/** The services behind contract 4. */
export interface CredentialsServices {
  readonly logins: Pick<LoginService, 'isRight'>;
  readonly registrations: Pick<RegistrationService, 'registerCredential'>;
  readonly userAdmin: Pick<UserAdminService, 'changeCredential' | 'removeCredential'>;
}

/** Answers a request of contract 4; undefined where it is not known in time what came of it. */
export type AnswerCredentials = (
  request: CredentialsRequest,
  endpoint: string,
) => Promise<string | undefined>;

const NOT_A_REQUEST = 'Invalid request.';
/** An e-mail address is the longest that names somebody. */
const MAX_NAME_CHARACTERS = 254;

/** What is answered where something was done, and where nothing was, whatever the reason: contract 4 has no more. */
const REPLIES = {
  LOGIN: { done: 'Login successful', refused: 'Invalid login' },
  ADD: { done: 'User successfully added!', refused: 'Error!  User not added.' },
  UPDATE: { done: 'User successfully updated!', refused: 'Userid not found' },
  DELETE: { done: 'User successfully deleted!', refused: 'Userid not found' },
} as const satisfies Record<Command, { done: string; refused: string }>;

/** Makes the answers of contract 4. @param answerWithinMs - milliseconds */
export function createCredentialsAnswers(
  services: CredentialsServices,
  countTry: CountTry,
  noteRefusal: NoteRefusal,
  answerWithinMs: number,
): AnswerCredentials {
  const actions = createActions(services);

  return async (request, endpoint) => {
    if (request === undefined) return NOT_A_REQUEST;
    const { command, user, password } = request;
    const { done, refused } = REPLIES[command];
    if (user === undefined || password === undefined || !isPossible(command, user, password)) return refused;
    try {
      countTry(endpoint);
      const result = await within(answerWithinMs, actions[command](user, password, endpoint));
      if (result === TOO_LATE) return undefined;
      return result ? done : refused;
    } catch (error) {
      noteRefusal(error, { gateway: 'credentials', action: command, endpoint });
      return refused;
    }
  };
}

// A login may name an e-mail address, and what is to be changed may have come from elsewhere, by another rule for names.
function isPossible(command: Command, user: string, password: string): boolean {
  if (user === '' || user.length > MAX_NAME_CHARACTERS) return false;
  if (command === 'ADD' && !userName.safeParse(user).success) return false;
  return command === 'DELETE' || passwordSchema.safeParse(password).success;
}

type Action = (user: string, password: string, endpoint: string) => Promise<boolean>;

function createActions({ logins, registrations, userAdmin }: CredentialsServices): Record<Command, Action> {
  const actorAt = (endpoint: string): Actor => ({ endpoint, door: 'credentials' });
  return {
    LOGIN: (user, password, endpoint) =>
      logins.isRight(user, password, { endpoint, door: 'credentials', client: '' }),
    ADD: async (user, password, endpoint) => {
      await registrations.registerCredential(actorAt(endpoint), user, password);
      return true;
    },
    UPDATE: (user, password, endpoint) => userAdmin.changeCredential(actorAt(endpoint), user, password),
    DELETE: (user, _password, endpoint) => userAdmin.removeCredential(actorAt(endpoint), user),
  };
}
