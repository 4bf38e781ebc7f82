import type { InviteCreation, InviteMade, InviteView } from '../../../protocol/sessions.js';
import { AppError } from '../../errors/app-error.js';
import type { Logger } from '../../observability/logger.js';
import type { AccessService } from '../accounts/access-service.js';
import type { AuditService } from '../audit/audit-service.js';
import type { Caller } from '../sessions/session-service.js';
import { inviteCodeHash, newInviteCode } from './invite-code.js';
import type { Enrollment, InviteService } from './invite-service.js';
import type { Invite, InviteStore, InviteUse } from './invite-store.js';

/** What the service of invites needs. */
export interface InviteDeps {
  readonly enrollment: Enrollment;
  readonly store: InviteStore;
  readonly access: Pick<AccessService, 'assert'>;
  readonly audit: Pick<AuditService, 'append'>;
  readonly clock: () => Date;
  readonly newId: () => string;
  readonly logger: Pick<Logger, 'error'>;
}

const KEPT_MS = 30 * 86_400_000;

/** Makes the service of invites. */
export function createInviteService(deps: InviteDeps): InviteService {
  return new CodeInvites(deps);
}

class CodeInvites implements InviteService {
  readonly #deps: InviteDeps;

  constructor(deps: InviteDeps) {
    this.#deps = deps;
  }

  admit<Made>(
    code: string | undefined,
    userName: string,
    make: () => Promise<Made>,
    isMade: (made: Made) => boolean,
  ): Promise<Made> {
    const { enrollment } = this.#deps;
    if (enrollment === 'open') return make();
    if (enrollment === 'closed') return Promise.reject(new AppError('account.enrollment_closed'));
    return this.#admitInvited(code, userName, make, isMade);
  }

  async create(caller: Caller, { note = '', expires_in: seconds }: InviteCreation): Promise<InviteMade> {
    const { access, store, clock, newId } = this.#deps;
    access.assert(caller, 'users:manage');
    const { code, codeHash } = newInviteCode();
    const createdAt = clock();
    const invite: Invite = {
      id: newId(),
      codeHash,
      note: note === '' ? null : note,
      createdBy: caller.session.userName,
      createdAt,
      expiresAt: new Date(createdAt.getTime() + seconds * 1000),
      usedAt: null,
      usedBy: null,
    };
    await store.insert(invite);
    await this.#record('invite.created', caller, invite);
    return { ...viewOf(invite), code };
  }

  async list(caller: Caller): Promise<readonly InviteView[]> {
    this.#deps.access.assert(caller, 'users:manage');
    return (await this.#deps.store.list()).map(viewOf);
  }

  async revoke(caller: Caller, inviteId: string): Promise<void> {
    const { access, store } = this.#deps;
    access.assert(caller, 'users:manage');
    const invite = await store.remove(inviteId);
    if (invite === undefined) throw new AppError('invite.unknown');
    await this.#record('invite.revoked', caller, invite);
  }

  sweep(): Promise<void> {
    const { store, clock } = this.#deps;
    return store.removeOld(new Date(clock().getTime() - KEPT_MS));
  }

  async #admitInvited<Made>(
    code: string | undefined,
    usedBy: string,
    make: () => Promise<Made>,
    isMade: (made: Made) => boolean,
  ): Promise<Made> {
    if (code === undefined || code === '') throw new AppError('account.invite_needed');
    const codeHash = inviteCodeHash(code);
    if (codeHash === undefined) throw new AppError('account.invite_invalid');
    const use = { codeHash, usedBy, usedAt: this.#deps.clock() };
    if (!(await this.#deps.store.use(use))) throw new AppError('account.invite_invalid');
    let wasMade = false;
    try {
      const made = await make();
      wasMade = isMade(made);
      return made;
    } finally {
      if (!wasMade) await this.#giveBack(use);
    }
  }

  // What went wrong with the account is what is answered.
  async #giveBack(use: InviteUse): Promise<void> {
    try {
      await this.#deps.store.giveBack(use);
    } catch (error) {
      this.#deps.logger.error(
        { err: error },
        'An invite stays used, though no account was made with it: make another one.',
      );
    }
  }

  #record(
    action: 'invite.created' | 'invite.revoked',
    { session, endpoint, door }: Caller,
    { id, expiresAt }: Invite,
  ): Promise<void> {
    return this.#deps.audit.append({
      action,
      actor: { userId: session.userId, name: session.userName, endpoint, door },
      details: { invite: id, expires_at: expiresAt.toISOString() },
    });
  }
}

function viewOf({ id, note, createdBy, createdAt, expiresAt, usedAt, usedBy }: Invite): InviteView {
  return {
    id,
    note: note ?? '',
    created_by: createdBy,
    created_at: createdAt.toISOString(),
    expires_at: expiresAt.toISOString(),
    used_at: usedAt?.toISOString() ?? null,
    used_by: usedBy,
  };
}
