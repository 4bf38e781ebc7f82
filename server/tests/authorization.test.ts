import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONSOLE_HEADER } from '../../protocol/console.js';
import { PERMISSION_NAMES, ROLE_PERMISSIONS, type Permission } from '../../protocol/permissions.js';
import { newUser } from '../features/accounts/new-user.js';
import type { User } from '../features/accounts/user-store.js';
import type { Caller } from '../features/sessions/session-service.js';
import type { Access, Operation } from '../http/openapi/operation.js';
import { OPERATIONS } from '../http/openapi/operations.js';
import { InProcessGatherd } from './support/in-process-gatherd.js';

/** What comes of a request: it gets past the guards, its token is none, or its bearer may not. */
type Verdict = 'in' | 'unknown' | 'forbidden';

/** Somebody who asks. */
interface Asker {
  readonly name: string;
  /** Makes a new one: whoever is let in may have ended its own session by that. */
  readonly make: () => Promise<string | undefined>;
  readonly verdict: (access: Access) => Verdict;
  readonly from?: string | undefined;
  /** How the token is sent where it stands in no body; as a bearer token without. */
  readonly send?: Send | undefined;
}

/** Puts a token into a request. */
type Send = (asked: request.Test, token: string, url: string) => unknown;

const asBearer: Send = (asked, token) => asked.set('Authorization', `Bearer ${token}`);
const inCookie: Send = (asked, token, url) => asked.set('Cookie', `gatherd-${new URL(url).port}=${token}`);
const asConsole: Send = (asked, token, url) => {
  inCookie(asked, token, url);
  asked.set(CONSOLE_HEADER, '1');
};
const asForeignPage: Send = (asked, token, url) => {
  asConsole(asked, token, url);
  asked.set('Origin', 'https://example.org');
};

// That of the examples in the description, which are what is sent.
const PASSWORD = 'correct horse';
const HERE = '127.0.0.1';
const ELSEWHERE = '198.51.100.2';
const DAY_MS = 86_400_000;
const PAST_THE_GUARDS = [200, 201, 202, 204, 404, 409];
/** Who is nobody gets what is for everybody; contract 1's handshake takes no token at all. */
const PUBLIC = OPERATIONS.filter(
  ({ access, refusalForm }) => access === 'public' && refusalForm === 'problem',
);
/** For everybody whose connection has a certificate, and only then; mutual-http.test.ts is about that. */
const BY_CERTIFICATE = 'loginByCertificate';
const ASKED = OPERATIONS.filter(({ access }) => access !== 'public');

let gatherd: InProcessGatherd;
let passwordHash = '';
let root: Caller;

beforeAll(async () => {
  gatherd = await InProcessGatherd.start();
  passwordHash = await gatherd.services.hasher.hash(PASSWORD);
  root = await sessionOf(await newBearer({ role: 'admin' }));
  await newBearer({}, 'dale');
});

afterAll(async () => {
  await gatherd[Symbol.asyncDispose]();
});

async function newBearer(fields: Partial<User> = {}, name = randomUUID().slice(0, 18)): Promise<User> {
  const now = gatherd.clock.now();
  const user = newUser({ id: randomUUID(), name, now, passwordHash, ...fields });
  expect(await gatherd.services.users.insert(user)).toBe('done');
  return user;
}

async function loginOf(user: User): Promise<string> {
  return (await gatherd.services.sessions.openLogin(user, { endpoint: HERE, client: '' })).token;
}

async function handshakeOf(user: User): Promise<string> {
  await gatherd.services.sessions.identify(user, HERE);
  return gatherd.services.sessions.open(user, HERE);
}

async function sessionOf(user: User): Promise<Caller> {
  return callerOf(await loginOf(user));
}

function callerOf(token: string): Caller {
  return { session: gatherd.services.sessions.authorize(token, HERE), endpoint: HERE, door: 'http' };
}

async function apiTokenOf(user: User, permissions: readonly Permission[]): Promise<string> {
  const wanted = { name: 'device', permissions, expires_in: 60 };
  return (await gatherd.services.apiTokens.create(await sessionOf(user), wanted)).token;
}

async function changed(user: User, changes: { role?: 'user'; status?: 'suspended' }): Promise<void> {
  // The clock has been set on since the first one logged in.
  root = await sessionOf(await newBearer({ role: 'admin' }));
  await gatherd.services.userAdmin.change(root, user.name, changes);
}

function isPermitted(access: Access, permissions: readonly Permission[]): boolean {
  const wanted = [access].flat().map((each) => each.replace(/^person /, ''));
  return wanted.some((each) => permissions.includes(each as Permission));
}

function person(permissions: readonly Permission[]) {
  return (access: Access): Verdict => {
    if (['metrics', 'session', 'person', 'newcomer'].includes(String(access))) return 'in';
    return isPermitted(access, permissions) ? 'in' : 'forbidden';
  };
}

function device(permissions: readonly Permission[]) {
  return (access: Access): Verdict =>
    /^(?:person|newcomer)/.test(String(access)) ? 'forbidden' : person(permissions)(access);
}

function newcomer(access: Access): Verdict {
  return ['metrics', 'newcomer'].includes(String(access)) ? 'in' : 'forbidden';
}

function stranger(verdict: Verdict = 'unknown') {
  return (access: Access): Verdict => (access === 'metrics' ? 'in' : verdict);
}

function bearer(name: string, fields: Partial<User>, permissions: readonly Permission[]): Asker {
  return { name, make: async () => loginOf(await newBearer(fields)), verdict: person(permissions) };
}

const ADMIN = { role: 'admin' } as const;
const ONE_TIME = { ...ADMIN, oneTimeUntil: new Date(0) };
const EMPLOYEE_PERMISSIONS = PERMISSION_NAMES.filter((name) => name.startsWith('employees:'));
const { user: USERS, moderator: MODERATORS } = ROLE_PERMISSIONS;

const PEOPLE: readonly Asker[] = [
  bearer('a user', {}, USERS),
  bearer('a moderator', { role: 'moderator' }, MODERATORS),
  bearer('an administrator', ADMIN, PERMISSION_NAMES),
  bearer('a user without any permission', { permissions: [] }, []),
  bearer('an administrator by permission', { permissions: ['users:manage'] }, ['users:manage']),
  ...EMPLOYEE_PERMISSIONS.map((only) => bearer(`a user who may ${only}`, { permissions: [only] }, [only])),
  {
    name: 'a user by a session of contract 1',
    make: async () => handshakeOf(await newBearer()),
    verdict: person(USERS),
  },
  {
    name: 'an administrator with a one-time password',
    make: async () => loginOf(await newBearer(ONE_TIME)),
    verdict: newcomer,
  },
  {
    name: 'an administrator who has been demoted',
    make: async () => {
      const user = await newBearer(ADMIN);
      const token = await loginOf(user);
      await changed(user, { role: 'user' });
      return token;
    },
    verdict: person(USERS),
  },
];

const DEVICES: readonly Asker[] = [
  {
    name: 'a device that may do everything',
    make: async () => apiTokenOf(await newBearer(ADMIN), PERMISSION_NAMES),
    verdict: device(PERMISSION_NAMES),
  },
  {
    name: 'a device that may only send',
    make: async () => apiTokenOf(await newBearer(ADMIN), ['messages:write']),
    verdict: device(['messages:write']),
  },
  ...EMPLOYEE_PERMISSIONS.map((only) => ({
    name: `a device that may only ${only}`,
    make: async () => apiTokenOf(await newBearer(ADMIN), [only]),
    verdict: device([only]),
  })),
  {
    name: 'a device of an administrator who has been demoted',
    make: async () => {
      const user = await newBearer(ADMIN);
      const token = await apiTokenOf(user, PERMISSION_NAMES);
      await changed(user, { role: 'user' });
      return token;
    },
    verdict: device(USERS),
  },
  {
    name: 'a device of an administrator whose password was reset',
    make: async () => {
      const user = await newBearer(ADMIN);
      const token = await apiTokenOf(user, PERMISSION_NAMES);
      gatherd.services.access.put({ ...user, oneTimeUntil: new Date(0) });
      return token;
    },
    verdict: stranger('forbidden'),
  },
];

const BROWSERS: readonly Asker[] = [
  { ...bearer('a user by cookie', {}, USERS), send: asConsole },
  { ...bearer('a moderator by cookie', { role: 'moderator' }, MODERATORS), send: asConsole },
  { ...bearer('an administrator by cookie', ADMIN, PERMISSION_NAMES), send: asConsole },
  {
    ...bearer('an administrator by a one-time password and cookie', ONE_TIME, []),
    send: asConsole,
    verdict: newcomer,
  },
  {
    ...bearer('an administrator by a cookie without the header', ADMIN, []),
    send: inCookie,
    verdict: stranger(),
  },
  {
    ...bearer('an administrator by a cookie, on a page of another origin', ADMIN, []),
    ...{ send: asForeignPage, verdict: stranger('forbidden') },
  },
  {
    name: 'an administrator’s device by cookie',
    make: async () => apiTokenOf(await newBearer(ADMIN), PERMISSION_NAMES),
    ...{ send: asConsole, verdict: stranger() },
  },
];

const STRANGERS: readonly Asker[] = [
  { name: 'nobody', make: () => Promise.resolve(undefined), verdict: stranger() },
  { name: 'a token that is none', make: () => Promise.resolve('x.y.z'), verdict: stranger() },
  { name: 'an opaque token that is none', make: () => Promise.resolve('gds_AAAA'), verdict: stranger() },
  {
    name: 'an administrator who has logged out',
    make: async () => {
      const token = await loginOf(await newBearer(ADMIN));
      await gatherd.services.logins.logout(callerOf(token));
      return token;
    },
    verdict: stranger(),
  },
  {
    name: 'an administrator whose session of contract 1 was ended',
    make: async () => {
      const user = await newBearer(ADMIN);
      const token = await handshakeOf(user);
      await gatherd.services.userAdmin.endSessions(root, user.name);
      return token;
    },
    verdict: stranger('forbidden'),
  },
  {
    name: 'an administrator whose session has expired',
    make: async () => {
      const token = await loginOf(await newBearer(ADMIN));
      gatherd.clock.advance(2 * DAY_MS);
      return token;
    },
    verdict: stranger(),
  },
  {
    name: 'an administrator who has been suspended',
    make: async () => {
      const user = await newBearer(ADMIN);
      const token = await loginOf(user);
      await changed(user, { status: 'suspended' });
      return token;
    },
    verdict: stranger(),
  },
  {
    name: 'an administrator who speaks from elsewhere',
    make: async () => loginOf(await newBearer(ADMIN)),
    verdict: (access) => (access === 'metrics' ? 'forbidden' : stranger()(access)),
    from: ELSEWHERE,
  },
  {
    name: 'a device whose token was revoked',
    make: async () => {
      const owner = await sessionOf(await newBearer(ADMIN));
      const wanted = { name: 'device', permissions: PERMISSION_NAMES };
      const { token, id } = await gatherd.services.apiTokens.create(owner, wanted);
      await gatherd.services.apiTokens.revoke(owner, id);
      return token;
    },
    verdict: stranger(),
  },
  {
    name: 'a device whose token has expired',
    make: async () => {
      const token = await apiTokenOf(await newBearer(ADMIN), PERMISSION_NAMES);
      gatherd.clock.advance(DAY_MS);
      return token;
    },
    verdict: stranger(),
  },
  {
    name: 'a device of a user who has been suspended',
    make: async () => {
      const user = await newBearer(ADMIN);
      const token = await apiTokenOf(user, PERMISSION_NAMES);
      await changed(user, { status: 'suspended' });
      return token;
    },
    verdict: stranger(),
  },
];

/** What is sent in place of the example: a token can do no more than who makes it. */
const BODIES: Readonly<Record<string, object>> = { createToken: { name: 'device', permissions: [] } };

function bodyOf({ id, body, tokenIn }: Operation, token = ''): object | undefined {
  const [content] = body ?? [];
  if (content === undefined) return undefined;
  const example = BODIES[id] ?? (Object.values(content.examples ?? {})[0] as object);
  return tokenIn === 'body' ? { ...example, token } : example;
}

/** What is asked of whoever is in. */
const HEADERS: Readonly<Record<string, string>> = { 'If-Match': '*', [CONSOLE_HEADER]: '1' };

async function ask(
  operation: Operation,
  token: string | undefined,
  { from, send = asBearer }: Pick<Asker, 'from' | 'send'> = {},
) {
  const { method, path, tokenIn, parameters } = operation;
  const victim = path.includes('{name}') ? await newBearer() : undefined;
  const id = path.startsWith('/v1/employees') ? '404' : randomUUID();
  const url = path.replace('{name}', victim?.name ?? '').replace('{id}', id);
  const asked = request(gatherd.url('front'))[method.toLowerCase() as 'get'](url);
  for (const [name, value] of Object.entries(HEADERS))
    if (parameters?.header?.shape[name] !== undefined) void asked.set(name, value);
  if (from !== undefined) void asked.set('X-Forwarded-For', from);
  if (token !== undefined && tokenIn === undefined) send(asked, token, gatherd.url('front'));
  // Of an answer without an end its head is enough.
  if (operation.id === 'followFeed') void asked.buffer(false).parse(hangUp);
  return asked.send(bodyOf(operation, token));
}

function hangUp(response: request.Response, done: (error: Error | null, body: unknown) => void): void {
  (response as unknown as IncomingMessage).destroy();
  done(null, undefined);
}

function verdictOf(status: number): string {
  if (status === 401) return 'unknown';
  if (status === 403) return 'forbidden';
  // Anything else would say that the guards were not even asked.
  return PAST_THE_GUARDS.includes(status) ? 'in' : String(status);
}

describe('every operation of the description lets in whom it says, and nobody else', () => {
  test.each([...PEOPLE, ...DEVICES, ...BROWSERS, ...STRANGERS].map((asker) => [asker.name, asker] as const))(
    '%s',
    async (_name, { make, verdict, from, send }) => {
      // A token in a body is none in a cookie.
      const asked = ASKED.filter(({ tokenIn }) => send === undefined || tokenIn === undefined);
      const answers: string[] = [];
      let kept: string | undefined;
      for (const operation of asked) {
        // Who is let in to change something may be nobody any more afterwards.
        const changes = verdict(operation.access) === 'in' && operation.method !== 'GET';
        const token = changes ? await make() : (kept ??= await make());
        const { status } = await ask(operation, token, { from, send });
        answers.push(`${operation.method} ${operation.path}: ${verdictOf(status)}`);
      }
      expect(answers).toEqual(
        asked.map(({ method, path, access }) => `${method} ${path}: ${verdict(access)}`),
      );
    },
    120_000,
  );
});

test('what is for everybody needs no token', async () => {
  for (const operation of PUBLIC.filter(({ id }) => id !== BY_CERTIFICATE)) {
    const { status } = await ask(operation, undefined);
    expect([operation.path, verdictOf(status)]).toEqual([operation.path, 'in']);
  }
});

test('what is for whoever has a certificate is for nobody without one, whatever the token', async () => {
  const operation = PUBLIC.find(({ id }) => id === BY_CERTIFICATE);
  if (operation === undefined) throw new Error('it is not described');
  for (const token of [undefined, await loginOf(await newBearer(ADMIN))]) {
    const answer = await ask(operation, token);
    expect(answer.body).toMatchObject({ status: 403, code: 'certificate.refused' });
  }
});

describe('what is another user’s', () => {
  test('cannot be ended by who knows its id, and goes on', async () => {
    const owner = await newBearer();
    const [login, device] = [await loginOf(owner), await apiTokenOf(owner, ['messages:write'])];
    const intruder = await loginOf(await newBearer());
    const ids = [login, device].map((token) => callerOf(token).session.id);
    const owned = OPERATIONS.filter(({ access, path }) => access === 'person' && path.includes('{id}'));
    expect(owned.map(({ id }) => id)).toEqual(['endSession', 'revokeToken']);
    for (const { path, method } of owned) {
      for (const id of ids) {
        const url = path.replace('{id}', id);
        const asked = request(gatherd.url('front'))[method.toLowerCase() as 'delete'](url);
        const { status } = await asked.set('Authorization', `Bearer ${intruder}`);
        expect(status).toBe(404);
      }
    }
    for (const token of [login, device]) expect(callerOf(token).session.userId).toBe(owner.id);
  });

  test('is in no list of one’s own', async () => {
    const owner = await newBearer();
    await apiTokenOf(owner, ['messages:write']);
    const intruder = await loginOf(await newBearer());
    for (const [path, length] of [
      ['sessions', 1],
      ['tokens', 0],
    ] as const) {
      const asked = request(gatherd.url('front')).get(`/v1/${path}`);
      const answer = await asked.set('Authorization', `Bearer ${intruder}`);
      expect((answer.body as Record<string, unknown[]>)[path]).toHaveLength(length);
    }
  });

  test('is not there for those who may not know', async () => {
    const token = await loginOf(await newBearer());
    const asked = request(gatherd.url('front')).get('/v1/users/nobody-of-this-name');
    const answer = await asked.set('Authorization', `Bearer ${token}`);
    expect(answer.body).toMatchObject({ status: 403, code: 'permission.missing' });
  });
});
