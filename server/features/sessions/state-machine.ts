/**
 * Where one user stands at one endpoint; contract 1, "States". Lingering is Authenticated with its handshake closed:
 * the sessions there go on, but another AUTHENTICATE needs an IDENTIFY first.
 */
export type Phase = 'Grounded' | 'Identified' | 'Authenticated' | 'Lingering';

/** What can happen to a user at an endpoint. */
export type SessionEvent =
  | 'identify'
  /** A right password, or the first one. */
  | 'authenticate'
  | 'wrongPassword'
  /** A message whose session has ended, or that comes from another endpoint than its token. */
  | 'refusedMessage'
  /** By logout or revocation, while other sessions live here. */
  | 'sessionEnded'
  /** By logout or revocation. */
  | 'lastSessionEnded'
  | 'lastSessionExpired';

/** The whole machine: the phase that follows; an absent entry is refused or cannot happen. diagrams/state.mmd draws it. */
export const TRANSITIONS: Readonly<Record<Phase, Readonly<Partial<Record<SessionEvent, Phase>>>>> = {
  Grounded: {
    identify: 'Identified',
    refusedMessage: 'Grounded',
  },
  Identified: {
    identify: 'Identified',
    authenticate: 'Authenticated',
    wrongPassword: 'Identified',
    refusedMessage: 'Grounded',
  },
  Authenticated: {
    identify: 'Authenticated',
    authenticate: 'Authenticated',
    wrongPassword: 'Authenticated',
    refusedMessage: 'Lingering',
    sessionEnded: 'Authenticated',
    lastSessionEnded: 'Grounded',
    lastSessionExpired: 'Identified',
  },
  Lingering: {
    identify: 'Authenticated',
    refusedMessage: 'Lingering',
    sessionEnded: 'Lingering',
    lastSessionEnded: 'Grounded',
    lastSessionExpired: 'Grounded',
  },
};

/** Whether a handshake is open, that is, whether AUTHENTICATE is accepted. */
export function isHandshakeOpen(phase: Phase): boolean {
  return TRANSITIONS[phase].authenticate !== undefined;
}
