import fc from 'fast-check';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SessionRegistry } from '../features/sessions/session-registry.js';
import type { EndpointRow, Session } from '../features/sessions/session-store.js';
import type { Phase } from '../features/sessions/state-machine.js';
import { InProcessGatherd, MAIN_DOORS, TestClock, type DoorName } from './support/in-process-gatherd.js';
import { IS_LONG } from './support/machine.js';

// Random sequences go through a model, which is written from contract 1's words alone, and through the real thing.

const USERS = ['dale', 'annie'] as const;
const ENDPOINTS = ['198.51.100.1', '198.51.100.2'] as const;
const TTL_MS = 600_000;

type Event =
  | { readonly kind: 'identify'; readonly user: string; readonly endpoint: string }
  | {
      readonly kind: 'authenticate';
      readonly user: string;
      readonly endpoint: string;
      readonly isRight: boolean;
    }
  | {
      readonly kind: 'message';
      /** Which of the tokens that were ever issued, counted from the newest. */
      readonly token: number;
      /** Where it is sent from; undefined: from where it was issued to. */
      readonly endpoint: string | undefined;
      readonly isLogout: boolean;
    }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'restart' };

const user = fc.constantFrom(...USERS);
const endpoint = fc.constantFrom(...ENDPOINTS);
const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('identify' as const), user, endpoint }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('authenticate' as const),
      user,
      endpoint,
      isRight: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, fc.constant(false)),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('message' as const),
      token: fc.nat(5),
      endpoint: fc.option(endpoint, { nil: undefined, freq: 3 }),
      isLogout: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 1000, 300_000, 600_000, 601_000),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
);
const anyEvents = fc.array(anyEvent, { minLength: 1, maxLength: 30, size: 'max' });

/** What a caller is told: the status and the message, the user's own spelling aside. */
type Answer = readonly [status: number, message: string];

interface ModelToken {
  readonly user: string;
  readonly endpoint: string;
  readonly expiresAt: number;
  hasEnded: boolean;
}

/** The first whole second at which a token has lived its time. */
function endOfToken(issuedAt: Date): Date {
  return new Date(Math.ceil((issuedAt.getTime() + TTL_MS) / 1000) * 1000);
}

/** Contract 1's section "States" and its table, as directly as they can be said. */
class Model {
  readonly tokens: ModelToken[] = [];
  readonly #homes = new Map<string, string>();
  readonly #withPassword = new Set<string>();
  readonly #openHandshakes = new Set<string>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  phase(user: string, endpoint: string): Phase {
    const isOpen = this.#openHandshakes.has(`${user} ${endpoint}`);
    if (this.#hasSession(user, endpoint)) return isOpen ? 'Authenticated' : 'Lingering';
    return isOpen ? 'Identified' : 'Grounded';
  }

  // "creates the user if there is none"; "opens a handshake for that user at that endpoint".
  identify(user: string, endpoint: string): Answer {
    this.#openHandshakes.add(`${user} ${endpoint}`);
    if (this.#homes.has(user)) return [202, 'Existing User Identified'];
    this.#homes.set(user, endpoint);
    return [201, 'New User Created'];
  }

  authenticate(user: string, endpoint: string, isRight: boolean): Answer {
    const failed = [403, 'Authentication Failed!. Please try again, NAME!'] as const;
    if (!this.#homes.has(user)) return [401, 'User not found. Please identify'];
    // "accepted while a handshake is open".
    if (!this.#openHandshakes.has(`${user} ${endpoint}`)) return [403, 'Please identify!'];
    const isFirst = !this.#withPassword.has(user);
    // "can be given one only from the endpoint that created it"; "a wrong password changes no state".
    if (isFirst ? this.#homes.get(user) !== endpoint || !isRight : !isRight) return failed;
    this.#withPassword.add(user);
    // "Each success is a session of its own with its own token; the handshake stays open".
    const expiresAt = endOfToken(this.#now()).getTime();
    this.tokens.push({ user, endpoint, expiresAt, hasEnded: false });
    const who = isFirst ? 'New User' : 'Existing User';
    return [isFirst ? 201 : 202, `${who} password authenticated. Token generated, NAME!`];
  }

  message(token: ModelToken, endpoint: string, isLogout: boolean): Answer {
    if (this.#hasExpired(token)) return [401, 'Token Expired. Please identify'];
    // "message whose session has ended, or from another endpoint: 403, an open handshake closes".
    if (token.hasEnded || token.endpoint !== endpoint) {
      this.#openHandshakes.delete(`${token.user} ${endpoint}`);
      return [403, 'Please identify!'];
    }
    if (!isLogout) return [201, 'Message Received from NAME'];
    token.hasEnded = true;
    // "When the last one at the endpoint has ended by logout or revocation, the state is Grounded."
    if (!this.#hasSession(token.user, endpoint)) this.#openHandshakes.delete(`${token.user} ${endpoint}`);
    return [202, 'Empty or logout Message Received from NAME'];
  }

  #hasSession(user: string, endpoint: string): boolean {
    return this.tokens.some((token) => {
      return (
        token.user === user && token.endpoint === endpoint && !token.hasEnded && !this.#hasExpired(token)
      );
    });
  }

  #hasExpired(token: ModelToken): boolean {
    return token.expiresAt <= this.#now().getTime();
  }
}

// A right first password and a wrong one cannot be told apart before there is one: the first is always right.
function isPossible(event: Event, model: Model, hasPassword: ReadonlySet<string>): boolean {
  if (event.kind === 'authenticate') return event.isRight || hasPassword.has(event.user);
  return event.kind !== 'message' || model.tokens.length > 0;
}

function tokenIndex(model: Model, fromNewest: number): number {
  return model.tokens.length - 1 - (fromNewest % model.tokens.length);
}

/** The registry with its table of transitions, driven as the session service drives it. */
class RegistryWorld {
  readonly #now: () => Date;
  readonly #sessions: Session[] = [];
  #registry: SessionRegistry;

  constructor(now: () => Date) {
    this.#now = now;
    this.#registry = new SessionRegistry(now);
  }

  phase(user: string, endpoint: string): Phase {
    return this.#registry.phase(user, endpoint);
  }

  identify(user: string, endpoint: string): void {
    this.#registry.identify(user, endpoint, null);
  }

  /** Answers whether a handshake was open. */
  authenticate(user: string, endpoint: string, isAccepted: boolean): boolean {
    if (this.#registry.snapshot(user, endpoint)?.isOpen !== true) return false;
    if (!isAccepted) return this.#registry.refusePassword(user, endpoint);
    const session: Session = {
      id: String(this.#sessions.length),
      userId: user,
      kind: 'handshake',
      userName: user,
      nameSince: new Date(0),
      client: '',
      lastUsedAt: 0,
      endpoint,
      issuedAt: this.#now(),
      expiresAt: endOfToken(this.#now()),
    };
    this.#sessions.push(session);
    return this.#registry.open(session);
  }

  /** Answers whether the message was accepted. */
  message(index: number, endpoint: string, isLogout: boolean): boolean {
    const issued = this.#sessions[index];
    if (issued === undefined || issued.expiresAt <= this.#now()) return false;
    const session = this.#registry.find(issued.id);
    if (session?.endpoint !== endpoint) {
      this.#registry.refuseMessage(issued.userId, endpoint);
      return false;
    }
    return !isLogout || this.#registry.end(session) !== undefined;
  }

  restart(): void {
    const rows: EndpointRow[] = [];
    for (const userId of USERS) {
      for (const endpoint of ENDPOINTS) {
        const row = this.#registry.snapshot(userId, endpoint);
        if (row?.isOpen === true) rows.push(row);
      }
    }
    const live = this.#sessions.filter(({ id }) => this.#registry.find(id) !== undefined);
    this.#registry = new SessionRegistry(this.#now);
    this.#registry.load(rows, live);
  }
}

test('the table of transitions does what contract 1 says, whatever comes', () => {
  fc.assert(
    fc.property(anyEvents, (events) => {
      const clock = new TestClock();
      const model = new Model(clock.now);
      const real = new RegistryWorld(clock.now);
      const hasPassword = new Set<string>();
      for (const event of events) {
        if (!isPossible(event, model, hasPassword)) continue;
        stepRegistry(event, model, real, clock, hasPassword);
        for (const user of USERS) {
          for (const endpoint of ENDPOINTS) {
            expect([user, endpoint, real.phase(user, endpoint)]).toEqual([
              user,
              endpoint,
              model.phase(user, endpoint),
            ]);
          }
        }
      }
    }),
    { numRuns: 1500 },
  );
});

function stepRegistry(
  event: Event,
  model: Model,
  real: RegistryWorld,
  clock: TestClock,
  hasPassword: Set<string>,
): void {
  if (event.kind === 'wait') clock.advance(event.ms);
  else if (event.kind === 'restart') real.restart();
  else if (event.kind === 'identify') {
    model.identify(event.user, event.endpoint);
    real.identify(event.user, event.endpoint);
  } else if (event.kind === 'authenticate') {
    const [status, message] = model.authenticate(event.user, event.endpoint, event.isRight);
    const isAccepted = status < 300;
    if (isAccepted) hasPassword.add(event.user);
    const wasOpen = real.authenticate(event.user, event.endpoint, isAccepted);
    expect(wasOpen).toBe(isAccepted || message.startsWith('Authentication Failed'));
  } else {
    const index = tokenIndex(model, event.token);
    const token = model.tokens[index];
    if (token === undefined) return;
    const from = event.endpoint ?? token.endpoint;
    const [status] = model.message(token, from, event.isLogout);
    expect(real.message(index, from, event.isLogout)).toBe(status < 300);
  }
}

/** The same over HTTP: every run has users of its own on a server that all share. */
class HttpWorld {
  readonly #gatherd: InProcessGatherd;
  readonly #door: DoorName;
  readonly #run: string;
  readonly #tokens: string[] = [];

  constructor(gatherd: InProcessGatherd, door: DoorName, run: string) {
    this.#gatherd = gatherd;
    this.#door = door;
    this.#run = run;
  }

  identify(user: string, endpoint: string): Promise<Answer> {
    return this.#post({ message_type: 'IDENTIFY', username: this.#name(user) }, endpoint);
  }

  authenticate(user: string, endpoint: string, isRight: boolean): Promise<Answer> {
    const password = isRight ? 'pass' : 'wrong';
    return this.#post({ message_type: 'AUTHENTICATE', username: this.#name(user), password }, endpoint);
  }

  message(index: number, endpoint: string, isLogout: boolean): Promise<Answer> {
    const message = isLogout ? 'logout' : 'Hail Dale!';
    return this.#post({ message_type: 'MESSAGE', token: this.#tokens[index], message }, endpoint);
  }

  #name(user: string): string {
    return `${this.#run}${user}`;
  }

  async #post(body: object, endpoint: string): Promise<Answer> {
    const { status, text } = await request(this.#gatherd.url(this.#door))
      .post('/')
      .set('Content-Type', 'application/json')
      .set('X-Forwarded-For', endpoint)
      .send(JSON.stringify(body));
    const answer = JSON.parse(text) as { status_code: number; status_message: string; token?: string };
    expect(answer.status_code).toBe(status);
    if (answer.token !== undefined && answer.token !== '') this.#tokens.push(answer.token);
    const named = USERS.map((user) => this.#name(user)).find((name) => answer.status_message.includes(name));
    return [
      status,
      named === undefined ? answer.status_message : answer.status_message.replace(named, 'NAME'),
    ];
  }
}

describe.each(MAIN_DOORS)('over HTTP (door: %s)', (door) => {
  let gatherd: InProcessGatherd;
  let runs = 0;

  beforeAll(async () => {
    gatherd = await InProcessGatherd.start();
  });

  afterAll(async () => {
    await gatherd[Symbol.asyncDispose]();
  });

  test('every answer is what contract 1 says, whatever comes, restarts included', async () => {
    await fc.assert(
      fc.asyncProperty(anyEvents, async (events) => {
        runs += 1;
        const model = new Model(gatherd.clock.now);
        const real = new HttpWorld(gatherd, door, `r${String(runs)}.`);
        const hasPassword = new Set<string>();
        for (const event of events) {
          if (!isPossible(event, model, hasPassword)) continue;
          const [expected, actual] = await stepHttp(event, model, real);
          expect([event, actual]).toEqual([event, expected]);
          if (event.kind === 'authenticate' && expected[0] < 300) hasPassword.add(event.user);
        }
      }),
      { numRuns: IS_LONG ? 50 : 25 },
    );
  });

  async function stepHttp(event: Event, model: Model, real: HttpWorld): Promise<readonly [Answer, Answer]> {
    const nothing: Answer = [0, ''];
    if (event.kind === 'wait') gatherd.clock.advance(event.ms);
    if (event.kind === 'restart') await gatherd.restart();
    if (event.kind === 'wait' || event.kind === 'restart') return [nothing, nothing];
    if (event.kind === 'identify') {
      return [model.identify(event.user, event.endpoint), await real.identify(event.user, event.endpoint)];
    }
    if (event.kind === 'authenticate') {
      const { user, endpoint, isRight } = event;
      return [model.authenticate(user, endpoint, isRight), await real.authenticate(user, endpoint, isRight)];
    }
    const index = tokenIndex(model, event.token);
    const token = model.tokens[index];
    if (token === undefined) return [nothing, nothing];
    const from = event.endpoint ?? token.endpoint;
    return [model.message(token, from, event.isLogout), await real.message(index, from, event.isLogout)];
  }
});
