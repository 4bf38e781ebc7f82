import { networkOf } from '../../net/network-of.js';
import type { EndpointRow, Session } from './session-store.js';
import { isHandshakeOpen, TRANSITIONS, type Phase, type SessionEvent } from './state-machine.js';

/** One user at one endpoint. */
interface Place {
  phase: Phase;
  identifiedAt: Date;
  provenAt: Date | null;
  readonly sessions: Set<Session>;
}

interface IdlePlace {
  readonly endpoint: string;
  readonly identifiedAt: Date;
  readonly isProven: boolean;
}

/**
 * All open handshakes and live sessions, in memory: the mirror that a message is checked against, so that none waits
 * for the database. It holds no place that is Grounded.
 */
export class SessionRegistry {
  readonly #clock: () => Date;
  readonly #sessions = new Map<string, Session>();
  readonly #users = new Map<string, Map<string, Place>>();

  constructor(clock: () => Date) {
    this.#clock = clock;
  }

  /** How many sessions there are, expired ones included until they are swept. */
  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** Fills the registry with what the database kept. */
  load(endpoints: readonly EndpointRow[], sessions: readonly Session[]): void {
    for (const { userId, endpoint, identifiedAt, provenAt } of endpoints) {
      this.#setPlace(userId, endpoint, { phase: 'Identified', identifiedAt, provenAt, sessions: new Set() });
    }
    for (const session of sessions) {
      this.#sessions.set(session.id, session);
      const { userId, endpoint, issuedAt } = session;
      const place = this.#place(userId, endpoint) ?? this.#newPlace(issuedAt, issuedAt);
      place.phase = isHandshakeOpen(place.phase) ? 'Authenticated' : 'Lingering';
      place.sessions.add(session);
      this.#setPlace(userId, endpoint, place);
    }
  }

  /** The live session of an id. */
  find(sessionId: string): Session | undefined {
    const session = this.#sessions.get(sessionId);
    return session === undefined || this.#hasExpired(session) ? undefined : session;
  }

  /** Where a user stands at an endpoint now. */
  phase(userId: string, endpoint: string): Phase {
    return this.#current(userId, endpoint)?.phase ?? 'Grounded';
  }

  /** What has to be kept of a user at an endpoint; undefined where the place is Grounded. */
  snapshot(userId: string, endpoint: string): EndpointRow | undefined {
    const place = this.#current(userId, endpoint);
    if (place === undefined) return undefined;
    const { phase, identifiedAt, provenAt } = place;
    return { userId, endpoint, isOpen: isHandshakeOpen(phase), identifiedAt, provenAt };
  }

  /** Opens a handshake. @param provenAt - when a password was last right there, from the database */
  identify(userId: string, endpoint: string, provenAt: Date | null): void {
    const place = this.#current(userId, endpoint) ?? this.#newPlace(this.#clock(), provenAt);
    place.identifiedAt = this.#clock();
    this.#step(userId, endpoint, place, 'identify');
  }

  /** Adds a session of an authenticated user; answers whether a handshake was open for it. */
  open(session: Session): boolean {
    const { userId, endpoint } = session;
    const place = this.#current(userId, endpoint);
    if (place === undefined) return false;
    if (!this.#step(userId, endpoint, place, 'authenticate')) return false;
    place.provenAt = session.issuedAt;
    // What is kept of a place is then never older than its sessions.
    if (place.identifiedAt < session.issuedAt) place.identifiedAt = session.issuedAt;
    place.sessions.add(session);
    this.#sessions.set(session.id, session);
    return true;
  }

  /** Ends a session by logout or revocation; answers the phase before, or undefined if it was not live. */
  end(session: Session): Phase | undefined {
    const { userId, endpoint } = session;
    const place = this.#current(userId, endpoint);
    if (place?.sessions.delete(session) !== true) return undefined;
    this.#sessions.delete(session.id);
    const before = place.phase;
    this.#step(userId, endpoint, place, place.sessions.size === 0 ? 'lastSessionEnded' : 'sessionEnded');
    return before;
  }

  /** Takes back an {@link end} that could not be kept. @param before - what it answered */
  restore(session: Session, before: Phase): void {
    const { userId, endpoint } = session;
    const place = this.#current(userId, endpoint) ?? this.#newPlace(session.issuedAt, session.issuedAt);
    // An IDENTIFY may have come in between.
    const isOpen = isHandshakeOpen(before) || isHandshakeOpen(place.phase);
    place.phase = isOpen ? 'Authenticated' : 'Lingering';
    place.sessions.add(session);
    this.#sessions.set(session.id, session);
    this.#setPlace(userId, endpoint, place);
  }

  /** Takes note of a wrong password, which changes nothing; answers whether a handshake was open for it. */
  refusePassword(userId: string, endpoint: string): boolean {
    const place = this.#current(userId, endpoint);
    return place !== undefined && this.#step(userId, endpoint, place, 'wrongPassword');
  }

  /** Closes the handshake, if one is open, because of a message that was refused; answers whether one was. */
  refuseMessage(userId: string, endpoint: string): boolean {
    const place = this.#current(userId, endpoint);
    if (place === undefined || !isHandshakeOpen(place.phase)) return false;
    return this.#step(userId, endpoint, place, 'refusedMessage');
  }

  /** Takes note of a right password by another door, which changes no phase; answers whether there is a place to note it at. */
  prove(userId: string, endpoint: string, at: Date): boolean {
    const place = this.#current(userId, endpoint);
    if (place === undefined) return false;
    place.provenAt = at;
    if (place.identifiedAt < at) place.identifiedAt = at;
    return true;
  }

  /** Revokes all live sessions of a user but one; answers those that have ended. */
  endAll(userId: string, exceptSessionId?: string): readonly Session[] {
    const ended = this.sessionsOf(userId).filter(({ id }) => id !== exceptSessionId);
    for (const session of ended) this.end(session);
    return ended;
  }

  /** The live sessions of a user. */
  sessionsOf(userId: string): readonly Session[] {
    return this.#endpoints(userId).flatMap((endpoint) => [
      ...(this.#current(userId, endpoint)?.sessions ?? []),
    ]);
  }

  /** Every session there is, expired ones included until they are swept. */
  sessions(): Iterable<Session> {
    return this.#sessions.values();
  }

  /** How many sessions of a user are live. */
  countSessions(userId: string): number {
    let count = 0;
    for (const endpoint of this.#endpoints(userId))
      count += this.#current(userId, endpoint)?.sessions.size ?? 0;
    return count;
  }

  /** How many places a user has, and the one that has to make room for another. */
  places(userId: string): { count: number; mostExpendable: string | undefined } {
    const idle: IdlePlace[] = [];
    let count = 0;
    for (const endpoint of this.#endpoints(userId)) {
      const place = this.#current(userId, endpoint);
      if (place === undefined) continue;
      count += 1;
      const { sessions, identifiedAt, provenAt } = place;
      if (sessions.size === 0) idle.push({ endpoint, identifiedAt, isProven: provenAt !== null });
    }
    return { count, mostExpendable: mostExpendable(idle) };
  }

  /** Forgets a place without sessions, or all of a user that is no more. */
  forget(userId: string, endpoint?: string): void {
    for (const each of endpoint === undefined ? this.#endpoints(userId) : [endpoint]) {
      for (const session of this.#place(userId, each)?.sessions ?? []) this.#sessions.delete(session.id);
      this.#removePlace(userId, each);
    }
  }

  /** Applies the expiry of sessions, and forgets handshakes nobody identified at since a time. */
  sweep(identifiedBefore: Date): void {
    for (const userId of [...this.#users.keys()]) {
      for (const endpoint of this.#endpoints(userId)) {
        const place = this.#current(userId, endpoint);
        if (place?.sessions.size === 0 && place.identifiedAt < identifiedBefore)
          this.forget(userId, endpoint);
      }
    }
  }

  #endpoints(userId: string): string[] {
    return [...(this.#users.get(userId)?.keys() ?? [])];
  }

  // The place as it is now: sessions whose time is over are gone from it.
  #current(userId: string, endpoint: string): Place | undefined {
    const place = this.#place(userId, endpoint);
    if (place === undefined || place.sessions.size === 0) return place;
    for (const session of place.sessions) {
      if (!this.#hasExpired(session)) continue;
      place.sessions.delete(session);
      this.#sessions.delete(session.id);
    }
    if (place.sessions.size === 0) this.#step(userId, endpoint, place, 'lastSessionExpired');
    return this.#place(userId, endpoint);
  }

  #step(userId: string, endpoint: string, place: Place, event: SessionEvent): boolean {
    const next = TRANSITIONS[place.phase][event];
    if (next === undefined) return false;
    place.phase = next;
    if (next === 'Grounded') this.#removePlace(userId, endpoint);
    else this.#setPlace(userId, endpoint, place);
    return true;
  }

  #newPlace(identifiedAt: Date, provenAt: Date | null = null): Place {
    return { phase: 'Grounded', identifiedAt, provenAt, sessions: new Set() };
  }

  #hasExpired(session: Session): boolean {
    return session.expiresAt <= this.#clock();
  }

  #place(userId: string, endpoint: string): Place | undefined {
    return this.#users.get(userId)?.get(endpoint);
  }

  #setPlace(userId: string, endpoint: string, place: Place): void {
    const places = this.#users.get(userId);
    if (places === undefined) this.#users.set(userId, new Map([[endpoint, place]]));
    else places.set(endpoint, place);
  }

  #removePlace(userId: string, endpoint: string): void {
    const places = this.#users.get(userId);
    places?.delete(endpoint);
    if (places?.size === 0) this.#users.delete(userId);
  }
}

// Anybody can identify from anywhere: a place that is not proven goes first, of the network that has the most of them,
// and the oldest of equals.
function mostExpendable(idle: readonly IdlePlace[]): string | undefined {
  const strangers = idle.filter(({ isProven }) => !isProven);
  const byNetwork = new Map<string, IdlePlace[]>();
  for (const place of strangers) {
    const network = networkOf(place.endpoint);
    const group = byNetwork.get(network);
    if (group === undefined) byNetwork.set(network, [place]);
    else group.push(place);
  }
  const most = Math.max(0, ...[...byNetwork.values()].map((group) => group.length));
  const crowds = [...byNetwork.values()].filter((group) => group.length === most).flat();
  const [oldest] = [...(strangers.length > 0 ? crowds : idle)].sort(
    (one, other) => one.identifiedAt.getTime() - other.identifiedAt.getTime(),
  );
  return oldest?.endpoint;
}
