import type { InviteCreation, InviteMade, InviteView } from '../../../protocol/sessions.js';
import type { Caller } from '../sessions/session-service.js';

/** Who may make an account: the setting `GATHERD_ENROLLMENT`. */
export type Enrollment = 'open' | 'invite' | 'closed';

/** Who may make an account, and the codes by which one can be made. */
export interface InviteService {
  /**
   * Makes an account if that is allowed now: with `invite` the code is used up, once, and given back where the account
   * could not be made. A code is not looked at where enrolment is open.
   *
   * @param make - makes the account; answers whether it was made
   * @returns what `make` answered
   * @throws AppError `account.enrollment_closed`, `account.invite_needed`, `account.invite_invalid`, and what `make` throws
   */
  admit<Made>(
    code: string | undefined,
    userName: string,
    make: () => Promise<Made>,
    isMade: (made: Made) => boolean,
  ): Promise<Made>;
  /** Makes a code, which is shown this once. @throws AppError `permission.missing` */
  create(caller: Caller, wanted: InviteCreation): Promise<InviteMade>;
  /** All that are not yet swept away, the newest first. @throws AppError `permission.missing` */
  list(caller: Caller): Promise<readonly InviteView[]>;
  /** @throws AppError `permission.missing`, `invite.unknown` */
  revoke(caller: Caller, inviteId: string): Promise<void>;
  /** Clears away codes that expired or were used a month ago. */
  sweep(): Promise<void>;
}
