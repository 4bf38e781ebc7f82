import { createHash } from 'node:crypto';
import type { FeedTicket } from '../../../protocol/feed.js';
import { AppError } from '../../errors/app-error.js';
import type { AccessService } from '../accounts/access-service.js';
import type { Caller, SessionService } from '../sessions/session-service.js';

const TICKET_BYTES = 32;
const GOOD_FOR_SECONDS = 30;
const MOST_TICKETS = 10_000;
/** So that nobody takes the place of others'. */
const MOST_OF_USER = 100;

/** What tickets need. */
export interface FeedTicketDeps {
  readonly sessions: Pick<SessionService, 'assertLive'>;
  readonly access: Pick<AccessService, 'may' | 'assert'>;
  /** A clock in milliseconds that never goes back. */
  readonly now: () => number;
  readonly random: (bytes: number) => Buffer;
}

interface Kept {
  readonly caller: Caller;
  /** By the clock of the tickets. */
  readonly until: number;
}

/**
 * Tickets for the feed: what a page shows in place of its token, where a browser lets it send no header. Each is good once, for
 * half a minute, from the address that asked for it, as long as the session goes on. Only hashes are kept.
 */
export class FeedTickets {
  readonly #deps: FeedTicketDeps;
  /** In the order in which they were issued, which is that in which they expire. */
  readonly #kept = new Map<string, Kept>();
  readonly #ofUser = new Map<string, Set<string>>();

  constructor(deps: FeedTicketDeps) {
    this.#deps = deps;
  }

  /**
   * Issues a ticket for who asks. Where there are very many, or many of one user, the oldest of them is good for nothing any more.
   *
   * @throws AppError `permission.missing`, `account.password_change_needed`
   */
  issue(caller: Caller): FeedTicket {
    const { access, now, random } = this.#deps;
    if (!access.may(caller, 'feed:read')) access.assert(caller, 'chat');
    this.#forgetExpired();
    const { userId } = caller.session;
    const own = this.#ofUser.get(userId) ?? new Set();
    this.#makeRoom(own, MOST_OF_USER);
    this.#makeRoom(this.#kept, MOST_TICKETS);
    const ticket = random(TICKET_BYTES).toString('base64url');
    const hash = hashOf(ticket);
    this.#kept.set(hash, { caller, until: now() + GOOD_FOR_SECONDS * 1000 });
    this.#ofUser.set(userId, own.add(hash));
    return { ticket, expires_in: GOOD_FOR_SECONDS };
  }

  /**
   * Takes a ticket in: it is good for nothing from then on, whatever comes of it.
   *
   * @throws AppError `ticket.invalid`; `token.invalid`, `session.…` where its session has ended
   */
  redeem(ticket: string, endpoint: string): Caller {
    const hash = hashOf(ticket);
    const kept = this.#take(hash);
    if (kept === undefined || kept.until <= this.#deps.now() || kept.caller.endpoint !== endpoint)
      throw new AppError('ticket.invalid');
    this.#deps.sessions.assertLive(kept.caller.session);
    return kept.caller;
  }

  #forgetExpired(): void {
    const now = this.#deps.now();
    for (const [hash, { until }] of this.#kept) {
      if (until > now) return;
      this.#take(hash);
    }
  }

  #makeRoom(hashes: { readonly size: number; keys(): Iterable<string> }, most: number): void {
    for (const oldest of hashes.keys()) {
      if (hashes.size < most) return;
      this.#take(oldest);
    }
  }

  #take(hash: string): Kept | undefined {
    const kept = this.#kept.get(hash);
    if (kept === undefined) return undefined;
    this.#kept.delete(hash);
    const { userId } = kept.caller.session;
    const own = this.#ofUser.get(userId);
    own?.delete(hash);
    if (own?.size === 0) this.#ofUser.delete(userId);
    return kept;
  }
}

// The random bits of a ticket cannot be guessed: a fast hash without salt keeps what is kept from being one.
function hashOf(ticket: string): string {
  return createHash('sha256').update(ticket).digest('base64url');
}
