import request from 'supertest';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Permission } from '../../protocol/permissions.js';
import { DOORS, InProcessGatherd } from './support/in-process-gatherd.js';
import { HERE, PASSWORD } from './support/services-rig.js';

const JOHN = {
  id: 7,
  first_name: 'John',
  last_name: "O'Doe, Jr.",
  ssn: '012345678',
  date_of_birth: '02-29-2000',
  salary: 100_000,
};
const { salary: _salary, ...WITHOUT_SALARY } = JOHN;
const MASKED = { ssn: '*****5678', date_of_birth: '**-**-****', salary: '******' };
const SECRETS = [JOHN.ssn, JOHN.date_of_birth, String(JOHN.salary)];
const DEEDS = ['get', 'add', 'update', 'delete'] as const;

let gatherd: InProcessGatherd;
let clerk = '';

beforeAll(async () => {
  gatherd = await InProcessGatherd.start();
  clerk = await tokenOf(
    'clerk',
    DEEDS.map((deed): Permission => `employees:${deed}`),
  );
});

afterEach(async () => {
  await gatherd.services.database.client.employee.deleteMany();
});

afterAll(async () => {
  await gatherd[Symbol.asyncDispose]();
});

async function tokenOf(username: string, permissions: readonly Permission[]): Promise<string> {
  const operator = { endpoint: 'local', door: 'operator' } as const;
  await gatherd.services.registrations.create(operator, { username, password: PASSWORD, permissions });
  const origin = { endpoint: HERE, door: 'http', client: 'a test' } as const;
  return (await gatherd.services.logins.login(username, PASSWORD, origin)).token;
}

interface Asked {
  readonly token?: string;
  readonly match?: string;
  readonly body?: object;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: {
    readonly code?: string;
    readonly status?: number;
    readonly employees?: readonly { readonly id: number }[];
    readonly next?: string | null;
  };
}

async function ask(
  method: 'get' | 'post' | 'patch' | 'delete',
  path: string,
  { token = clerk, match, body }: Asked = {},
): Promise<Answer> {
  const asked = request(gatherd.url('front'))[method](`/v1/employees${path}`);
  void asked.set('Authorization', `Bearer ${token}`);
  if (match !== undefined) void asked.set('If-Match', match);
  const answer = await asked.send(body);
  return { ...answer, body: answer.body as Answer['body'], headers: answer.headers };
}

const add = (employee: object = JOHN) => ask('post', '', { body: employee });
const change = (body: object, match = '*') => ask('patch', '/7', { body, match });
/** The ETag of a version of what was added just now, without its quotes. */
const version = (number: number) => `${String(number)}-${gatherd.clock.now().getTime().toString(36)}`;
const etag = (number: number) => `"${version(number)}"`;

test.each(DOORS)('an employee is added, read, listed, changed and removed, by the door %s', async (door) => {
  const server = request(gatherd.url(door));
  const bearer = { Authorization: `Bearer ${clerk}` };
  const added = await server.post('/v1/employees').set(bearer).send(JOHN);
  expect([added.status, added.headers['etag']]).toEqual([201, etag(1)]);
  const written = { id: 7, updated_at: gatherd.clock.now().toISOString() };
  expect(added.body).toEqual(written);
  const read = await server.get('/v1/employees/7').set(bearer);
  expect([read.status, read.headers['etag'], read.headers['cache-control']]).toEqual([
    200,
    etag(1),
    'no-store',
  ]);
  expect(read.body).toMatchObject(JOHN);
  const listed = await server.get("/v1/employees?search=o'doe").set(bearer);
  expect(listed.body).toEqual({ employees: [{ ...JOHN, ...MASKED, ...written }], next: null });
  const changed = await server
    .patch('/v1/employees/7')
    .set(bearer)
    .set('If-Match', etag(1))
    .send({ salary: 1 });
  expect([changed.status, changed.headers['etag']]).toEqual([200, etag(2)]);
  expect(changed.body).toEqual(written);
  const removed = await server.delete('/v1/employees/7').set(bearer).set('If-Match', etag(2));
  expect([removed.status, removed.text]).toEqual([204, '']);
});

test('nothing but a single get shows what is personal', async () => {
  const answers = [
    ...[await add(), await add(), await change({ ssn: JOHN.ssn, salary: JOHN.salary }), await ask('get', '')],
    ...[
      await change({ salary: 1 }, '"9"'),
      await ask('post', '/import', { body: { employees: [JOHN], apply: true } }),
    ],
    ...[await ask('get', '?search=012345678'), await ask('delete', '/7')],
  ];
  for (const { text } of answers) for (const secret of SECRETS) expect(text).not.toContain(secret);
});

test('a page of the list leads to the next one', async () => {
  for (const id of [5, 900, 30, 7]) await add({ ...JOHN, id });
  const ids = ({ employees = [] }: Answer['body']) => employees.map(({ id }) => id);
  const first = await ask('get', '?limit=3');
  expect([ids(first.body), first.body.next]).toEqual([[5, 7, 30], '30']);
  const second = await ask('get', '?limit=3&cursor=30');
  expect([ids(second.body), second.body.next]).toEqual([[900], null]);
  expect(ids((await ask('get', '?search=7')).body)).toEqual([7]);
});

test.each([
  ['a field that is missing', WITHOUT_SALARY, 'request.missing_field', "Missing 'salary'"],
  [
    'a field that is not known',
    { ...JOHN, boss: 1 },
    'request.invalid_field',
    "Invalid 'boss': is not known here",
  ],
  [
    'an SSN with hyphens',
    { ...JOHN, ssn: '012-34-5678' },
    'request.invalid_field',
    "Invalid 'ssn': must be nine digits",
  ],
  [
    'a day that never was',
    { ...JOHN, date_of_birth: '02-29-2001' },
    'request.invalid_field',
    "Invalid 'date_of_birth': must be a date of the calendar, mm-dd-yyyy",
  ],
  [
    'a number of 0',
    { ...JOHN, id: 0 },
    'request.invalid_field',
    "Invalid 'id': must be a whole number from 1 to 9007199254740991",
  ],
])('%s is refused, and the value is not in the answer', async (_what, body, code, detail) => {
  const answer = await add(body);
  expect(answer.status).toBe(400);
  expect(answer.body).toMatchObject({ code, detail });
});

test('one that is there already, or is not there, is told', async () => {
  await add();
  expect((await add()).body).toMatchObject({ status: 409, code: 'employee.exists', id: 7 });
  for (const path of ['/8', '/007', '/abc', '/0', '/9007199254740993', '/import', '/1.5'])
    for (const method of ['get', 'patch', 'delete'] as const) {
      const sent = method === 'patch' ? { body: { salary: 1 } } : {};
      const { body } = await ask(method, path, { match: '*', ...sent });
      expect([path, body.status, body.code]).toEqual([path, 404, 'employee.unknown']);
    }
});

test.each([
  [undefined, 428, 'employee.version_needed'],
  ['"2-X"', 412, 'employee.changed_meanwhile'],
  ['W/"1-X"', 412, 'employee.changed_meanwhile'],
  ['W/"1-X", "2-X", "1-"', 412, 'employee.changed_meanwhile'],
  ['"1"', 412, 'employee.changed_meanwhile'],
  ['"\u00e9"', 412, 'employee.changed_meanwhile'],
  ['"of-another"', 412, 'employee.changed_meanwhile'],
  ['"01"', 412, 'employee.changed_meanwhile'],
  ['"99999999999999999999"', 412, 'employee.changed_meanwhile'],
  ['1', 400, 'request.invalid_header'],
  ['"1" "2"', 400, 'request.invalid_header'],
  ['"1", *', 400, 'request.invalid_header'],
  [',', 400, 'request.invalid_header'],
  [`"1"${', '.repeat(4000)}x`, 400, 'request.invalid_header'],
  ['', 400, 'request.invalid_header'],
  ['"1-X"', 200, undefined],
  ['"of-another", W/"2-X",, "1-X" ,', 200, undefined],
  ['*', 200, undefined],
])('a change with If-Match %j answers %i', async (match, status, code) => {
  await add();
  // X stands for when it was added.
  const header =
    match === undefined ? {} : { match: match.replaceAll('1-X', version(1)).replaceAll('2-X', version(2)) };
  const body = { first_name: 'Jane' };
  const answer = await ask('patch', '/7', { body, ...header });
  expect([answer.status, answer.body.code]).toEqual([status, code]);
  expect((await ask('get', '/7')).body).toMatchObject({ first_name: status === 200 ? 'Jane' : 'John' });
  const removed = await ask('delete', '/7', header);
  // It is of the second version by now; without a condition it is removed whatever it is.
  const isRemoved = match === undefined || match === '*';
  expect(removed.status).toBe(isRemoved ? 204 : status === 400 ? 400 : 412);
});

test('who may change and not read learns nothing by it', async () => {
  await add();
  const token = await tokenOf('blind', ['employees:update']);
  const guess = (body: object) => ask('patch', '/7', { token, match: '*', body });
  const right = await guess({ ssn: JOHN.ssn });
  const wrong = await guess({ ssn: '999999999' });
  expect([right.body, right.headers['etag']]).toEqual([wrong.body, etag(2)]);
  expect(Object.keys(right.body).sort()).toEqual(['id', 'updated_at']);
  const nothing = await guess({});
  expect([nothing.status, nothing.body.code]).toEqual([400, 'request.invalid_field']);
});

test('one that was removed and added again is not taken for the one that was read', async () => {
  await add();
  const read = etag(1);
  await ask('delete', '/7');
  gatherd.clock.advance(1);
  await add();
  for (const method of ['patch', 'delete'] as const)
    expect((await ask(method, '/7', { match: read, body: { salary: 1 } })).status).toBe(412);
  expect((await ask('get', '/7')).headers['etag']).toBe(etag(1));
});

test('of two who change the same version one wins, and with * nobody loses a field', async () => {
  await add();
  const answers = await Promise.all([
    change({ first_name: 'A' }, etag(1)),
    change({ first_name: 'B' }, etag(1)),
  ]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
  await Promise.all([change({ last_name: 'C' }), change({ ssn: '999999999' }), change({ salary: 5 })]);
  const { body, headers } = await ask('get', '/7');
  expect(body).toMatchObject({ last_name: 'C', ssn: '999999999', salary: 5 });
  expect(headers['etag']).toBe(etag(5));
});

test('an import says what it would do, and does it all, or with conflicts only where that is wanted', async () => {
  await add();
  const employees = [JOHN, { ...JOHN, id: 8 }, { ...JOHN, id: 9, ssn: '1' }];
  const conflicts = [
    { row: 1, id: 7, reason: 'there is one of this number already' },
    { row: 3, id: 9, reason: 'ssn: must be nine digits' },
  ];
  const report = { found: 3, added: 1, conflicts };
  for (const body of [{ employees }, { employees, apply: true }, { employees, skip_conflicts: true }])
    expect((await ask('post', '/import', { body })).body).toEqual({ ...report, is_applied: false });
  expect((await ask('get', '/8')).status).toBe(404);
  const body = { employees, apply: true, skip_conflicts: true };
  expect((await ask('post', '/import', { body })).body).toEqual({ ...report, is_applied: true });
  expect((await ask('get', '/8')).body).toMatchObject({ ssn: JOHN.ssn });
  for (const wrong of [{ employees: [] }, { employees: ['x'] }, { employees, apply: 1 }, {}])
    expect((await ask('post', '/import', { body: wrong })).status).toBe(400);
});

test('other methods are refused with those that are not', async () => {
  const server = request(gatherd.url('front'));
  for (const [path, allowed] of [
    ['/v1/employees', 'GET, POST'],
    ['/v1/employees/7', 'DELETE, GET, PATCH'],
    ['/v1/employees/import', 'DELETE, GET, PATCH, POST'],
  ] as const) {
    const { status, headers } = await server.put(path).set('Authorization', `Bearer ${clerk}`);
    expect([path, status, headers['allow']]).toEqual([path, 405, allowed]);
  }
});

test('each permission is asked for by itself, before anything else is said', async () => {
  await add();
  const attempts = {
    get: [['get', '/7'] as const, ['get', ''] as const, ['get', '/abc'] as const],
    add: [['post', ''] as const, ['post', '/import'] as const],
    update: [['patch', '/7'] as const, ['patch', '/8'] as const],
    delete: [['delete', '/8'] as const, ['delete', '/abc'] as const],
  };
  for (const permitted of DEEDS) {
    const token = await tokenOf(`only-${permitted}`, [`employees:${permitted}`]);
    for (const deed of DEEDS)
      for (const [method, path] of attempts[deed]) {
        const { body } = await ask(method, path, { token });
        const isRefused = body.code === 'permission.missing';
        expect([permitted, method, path, isRefused]).toEqual([permitted, method, path, permitted !== deed]);
      }
  }
});

test('where nothing can be written, nothing is shown', async () => {
  await add();
  await gatherd.services.database.client.$executeRawUnsafe(
    `CREATE TRIGGER "NoAudit" BEFORE INSERT ON "AuditEntry" BEGIN SELECT RAISE(FAIL, 'no'); END`,
  );
  try {
    for (const path of ['/7', '']) {
      const { status, text, body } = await ask('get', path);
      expect([status, body.code]).toEqual([503, 'database.unavailable']);
      expect(text).not.toContain('John');
    }
  } finally {
    await gatherd.services.database.client.$executeRawUnsafe('DROP TRIGGER "NoAudit"');
  }
  expect((await ask('get', '/7')).status).toBe(200);
});
