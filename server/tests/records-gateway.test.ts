import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { EmployeeCreation } from '../../protocol/employees.js';
import type { Permission } from '../../protocol/permissions.js';
import type { Caller } from '../features/sessions/session-service.js';
import type { RecordsClient } from './support/records-client.js';
import { EVERYTHING, RecordsRig, sessionIn } from './support/records-rig.js';
import { PASSWORD } from './support/services-rig.js';
import { until } from './support/until.js';

const JOHN = '1,John,Doe,123456789,01-01-2000,100000';
const JOHN_READ = "(1, 'John', 'Doe', 123456789, '01-01-2000', 100000)";
const DENIED = 'Invalid permissions';

let rig: RecordsRig;
/** The same user by another door. */
let dale: Caller;
/** Of a connection that stays. */
let session: string;
/** One that nobody has logged on by. */
let client: RecordsClient;

beforeAll(async () => {
  rig = await RecordsRig.open();
  await rig.create('admin', { role: 'admin', permissions: undefined });
  await rig.create('dale');
  ({ session } = await rig.logOn('dale'));
  dale = await rig.caller('dale');
});

afterAll(async () => {
  await rig[Symbol.asyncDispose]();
});

beforeEach(async () => {
  client = await rig.connect();
});

afterEach(async () => {
  client[Symbol.dispose]();
  await rig.services.database.client.employee.deleteMany();
});

const ask = (request: string) => client.ask(`${session}//${request}`);

async function add(employee: Partial<EmployeeCreation> & { id: number }): Promise<void> {
  const whole = {
    first_name: 'John',
    last_name: 'Doe',
    ssn: '123456789',
    date_of_birth: '01-01-2000',
    salary: 1,
  };
  await rig.services.employees.add(dale, { ...whole, ...employee });
}

describe('a request', () => {
  test('of each kind is answered as the contract has it, with a line end and without', async () => {
    for (const end of ['', '\n', '\r\n']) {
      expect(await ask(`add: ${JOHN}${end}`)).toBe('Employee #1 successfully added');
      expect(await ask(`get: 1${end}`)).toBe(JOHN_READ);
      expect(await ask(`update: 1,Jane,,,,200000${end}`)).toBe('Employee #1 successfully updated');
      expect(await ask(`get: 1${end}`)).toBe("(1, 'Jane', 'Doe', 123456789, '01-01-2000', 200000)");
      expect(await ask(`update: 1,,,,,${end}`)).toBe('Employee #1 successfully updated');
      expect(await ask(`update: 1,Jo,Roe,7,02-29-2004,0${end}`)).toBe('Employee #1 successfully updated');
      expect(await ask(`get: 1${end}`)).toBe("(1, 'Jo', 'Roe', 7, '02-29-2004', 0)");
      expect(await ask(`delete: 1${end}`)).toBe('Employee #1 successfully deleted');
    }
  });

  test.each([
    ['get: 2', 'Employee does not exist'],
    ['update: 2,Jane,,,,', 'Employee does not exist'],
    ['delete: 2', 'Employee does not exist'],
    [`add: ${JOHN}`, 'Employee already exists'],
    ['get: one', 'ID must be an integer'],
    ['get: ', 'ID must be an integer'],
    ['get: 1,2', 'ID must be an integer'],
    ['delete: 1.0', 'ID must be an integer'],
    ['delete: 9007199254740992', 'ID must be an integer'],
    ['add: x,John,Doe,123456789,01-01-2000,100000', 'ID, SSN, and salary must be integers'],
    ['add: 2,John,Doe,123-45-6789,01-01-2000,100000', 'ID, SSN, and salary must be integers'],
    ['add: 2,John,Doe,1234567890,01-01-2000,100000', 'ID, SSN, and salary must be integers'],
    ['add: 2,John,Doe,123456789,01-01-2000,much', 'ID, SSN, and salary must be integers'],
    ['update: 1,,,,,-1', 'ID, SSN, and salary must be integers'],
    ['update: ,Jane,,,,', 'ID, SSN, and salary must be integers'],
    ['add: 2,John,Doe,123456789,2000-01-01,100000', 'Date of birth must be in the format mm-dd-yyyy'],
    ['add: 2,John,Doe,123456789,02-30-2000,100000', 'Date of birth must be in the format mm-dd-yyyy'],
    ['update: 1,,,,01/01/2000,', 'Date of birth must be in the format mm-dd-yyyy'],
    ['add: 2,John,Doe', 'Invalid number of arguments'],
    ['add: 2,John,Doe, Jr.,123456789,01-01-2000,100000', 'Invalid number of arguments'],
    ['update: 1', 'Invalid number of arguments'],
    [`add: 2,${'x'.repeat(101)},Doe,123456789,01-01-2000,100000`, 'Invalid Request'],
    ['add: 2,,Doe,123456789,01-01-2000,100000', 'Invalid Request'],
    ['list: 1', 'Invalid request'],
    ['logoff: ', 'Invalid request'],
    ['get', 'Invalid Request'],
  ])('%s is answered: %s', async (request, reply) => {
    await add({ id: 1 });
    expect(await ask(request)).toBe(reply);
    expect(await ask('get: 2')).toBe('Employee does not exist');
    expect(await ask('get: 1')).toBe("(1, 'John', 'Doe', 123456789, '01-01-2000', 1)");
  });

  test.each([
    ['hello', 'Invalid Request'],
    ['get: 1', 'Invalid Request'],
    ['-//get: 1', DENIED],
    ['//get: 1', DENIED],
    ['gds_nobody//get: 1', DENIED],
    ['-//get: one', DENIED],
    ['-//list: 1', 'Invalid request'],
    ['GET / HTTP/1.1\r\n', 'Invalid Request'],
    [Buffer.alloc(5000, 'x'), 'Invalid Request'],
    [Buffer.from('-//logon: caf\xe9,x', 'latin1'), 'Invalid Request'],
  ])('that is none, or by nobody, is answered so (%#)', async (request, reply) => {
    expect(await client.ask(request)).toBe(reply);
  });

  test('may come with others in a packet, and each is answered in its turn', async () => {
    const replies = [
      'Employee #1 successfully added',
      JOHN_READ,
      'Employee #1 successfully deleted',
      'Employee does not exist',
    ];
    const requests = [`add: ${JOHN}`, 'get: 1', 'delete: 1', 'get: 1'].map(
      (request) => `${session}//${request}`,
    );
    await client.send(`\n${requests.join('\n')}`);
    expect(await client.hearBytes(replies.join('').length)).toBe(replies.join(''));
  });

  test('may come byte by byte, and cut within a character', async () => {
    for (const byte of Buffer.from(`${session}//add: 1,Zoë,山田🥧,1,01-01-2000,1`)) {
      await client.send(Uint8Array.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await client.hear()).toBe('Employee #1 successfully added');
    const [front, back] = [
      Buffer.from(`${session}//update: 1,Z\xc3`, 'latin1'),
      Buffer.from('\xb6,,,,', 'latin1'),
    ];
    await client.send(front);
    await sleep(5);
    expect(await client.ask(back)).toBe('Employee #1 successfully updated');
    expect(await ask('get: 1')).toBe("(1, 'Zö', '山田🥧', 1, '01-01-2000', 1)");
  });

  test('that cannot be answered in these terms is in the log', async () => {
    await ask(`add: 2,${'x'.repeat(101)},Doe,123456789,01-01-2000,100000`);
    expect(rig.gatherd.log.at(-1)).toMatchObject({
      ...{ msg: 'A request to a gateway was refused.', gateway: 'records', action: 'add' },
      code: 'request.invalid_field',
    });
  });
});

test('names are printed as Python prints them', async () => {
  const names = [
    ["O'Brien", '"Bob"', `"O'Brien"`, `'"Bob"'`],
    [`"D'Arcy"`, 'a\\b', `'"D\\'Arcy"'`, `'a\\\\b'`],
    ['Smith, Jr.', 'Zoë 山田 🥧', `'Smith, Jr.'`, `'Zoë 山田 🥧'`],
    ['a\u00a0b', 'a\u200fb\u{e0001}', `'a\\xa0b'`, `'a\\u200fb\\U000e0001'`],
  ] as const;
  for (const [index, [first_name, last_name, first, last]] of names.entries()) {
    await add({ id: index + 1, first_name, last_name, ssn: '000000012', salary: 0 });
    expect(await ask(`get: ${String(index + 1)}`)).toBe(
      `(${String(index + 1)}, ${first}, ${last}, 12, '01-01-2000', 0)`,
    );
  }
});

describe('permissions', () => {
  const requests = { get: 'get: 1', add: `add: ${JOHN}`, update: 'update: 1,,,,,', delete: 'delete: 2' };

  test.each(Object.keys(requests) as (keyof typeof requests)[])('%s is permitted by itself', async (deed) => {
    await rig.create(`only-${deed}`, { permissions: [`employees:${deed}` as Permission] });
    const only = await rig.logOn(`only-${deed}`);
    for (const [command, request] of Object.entries(requests)) {
      const reply = await only.client.ask(`${only.session}//${request}`);
      if (command === deed) expect(reply, command).not.toBe(DENIED);
      else expect(reply, command).toBe(DENIED);
    }
  });

  test('come before arguments', async () => {
    await rig.create('nothing', { permissions: [] });
    const nothing = await rig.logOn('nothing');
    for (const request of ['get: one', 'add: 1', 'update: 1', 'delete: '])
      expect(await nothing.client.ask(`${nothing.session}//${request}`)).toBe(DENIED);
  });

  test('that are taken away are gone at the next request', async () => {
    await rig.create('laura');
    const laura = await rig.logOn('laura');
    expect(await laura.client.ask(`${laura.session}//get: 1`)).toBe('Employee does not exist');
    await rig.services.userAdmin.change(await rig.caller('admin'), 'laura', {
      permissions: ['employees:add'],
    });
    expect(await laura.client.ask(`${laura.session}//get: 1`)).toBe(DENIED);
    expect(await laura.client.ask(`${laura.session}//add: ${JOHN}`)).toBe('Employee #1 successfully added');
  });
});

describe('a logon', () => {
  test('takes user names and e-mail addresses, and passwords with commas and spaces', async () => {
    const password = ' pie, coffee,and //get: 1 ';
    await rig.create('audrey', { password, email: 'audrey@example.org' });
    sessionIn(await client.ask(`-//logon: audrey,${password}`));
    sessionIn(await client.ask(`-//logon: Audrey@example.org,${password}\n`));
    expect(await client.ask(`-//logon: audrey,${password.trim()}`)).toBe('Invalid credentials');
  });

  test.each([
    'dale,wrong',
    'nobody,pie',
    'dale',
    '',
    ',',
    'dale,',
    `,${PASSWORD}`,
    `dale ,${'x'.repeat(200)}`,
  ])('by %j is refused', async (args) => {
    expect(await client.ask(`-//logon: ${args}`)).toBe('Invalid credentials');
    // And the one before goes on.
    expect(await ask('get: 1')).toBe('Employee does not exist');
  });

  test('of an account that is suspended, or by a password for one login, is refused', async () => {
    const admin = await rig.caller('admin');
    await rig.create('gone');
    await rig.services.userAdmin.change(admin, 'gone', { status: 'suspended' });
    expect(await client.ask(`-//logon: gone,${PASSWORD}`)).toBe('Invalid credentials');
    const { oneTime } = await rig.services.userAdmin.create(admin, { username: 'new' });
    const once = oneTime?.one_time_password ?? '';
    expect(await client.ask(`-//logon: new,${once}`)).toBe('Invalid credentials');
    const origin = { endpoint: '127.0.0.1', door: 'http', client: '' } as const;
    expect(await rig.services.logins.login('new', once, origin)).toHaveProperty('token');
  });

  test('ends the session of the one before it on the same connection, unless it is refused', async () => {
    const first = sessionIn(await client.ask(`-//logon: dale,${PASSWORD}`));
    expect(await client.ask('-//logon: dale,wrong')).toBe('Invalid credentials');
    expect(await client.ask(`${first}//get: 1`)).toBe('Employee does not exist');
    const second = sessionIn(await client.ask(`-//logon: dale,${PASSWORD}`));
    expect(await client.ask(`${first}//get: 1`)).toBe(DENIED);
    expect(await client.ask(`${second}//get: 1`)).toBe('Employee does not exist');
    expect(await ask('get: 1')).toBe('Employee does not exist');
  });
});

describe('a session', () => {
  test('ends with its connection, and is good nowhere afterwards', async () => {
    for (const end of ['end', 'destroy'] as const) {
      const { client: ending, session: ended } = await rig.logOn('dale');
      expect(await client.ask(`${ended}//get: 1`)).toBe('Employee does not exist');
      ending.socket[end]();
      const next = () => client.ask(`${ended}//get: 1`);
      await until('it has ended', async () => (await next()) === DENIED);
    }
    expect(await ask('get: 1')).toBe('Employee does not exist');
  });

  test('ends by a logout elsewhere, and its connection goes on', async () => {
    const { client: own, session: ended } = await rig.logOn('dale');
    const url = `${rig.gatherd.url('front')}/v1/sessions/current`;
    const answer = await fetch(url, { method: 'DELETE', headers: { authorization: `Bearer ${ended}` } });
    expect(answer.ok).toBe(true);
    expect(await own.ask(`${ended}//get: 1`)).toBe(DENIED);
    expect(await own.ask(`${session}//get: 1`)).toBe('Employee does not exist');
  });

  test('ends when its account is suspended', async () => {
    await rig.create('bob');
    const bob = await rig.logOn('bob');
    await rig.services.userAdmin.change(await rig.caller('admin'), 'bob', { status: 'suspended' });
    expect(await bob.client.ask(`${bob.session}//get: 1`)).toBe(DENIED);
    await rig.services.userAdmin.change(await rig.caller('admin'), 'bob', { status: 'active' });
    expect(await bob.client.ask(`${bob.session}//get: 1`)).toBe(DENIED);
  });

  test('of another door is good here, and does not end with the connection', async () => {
    const wanted = { name: 'payroll', permissions: ['employees:get'] as const };
    const { token } = await rig.services.apiTokens.create(dale, wanted);
    using other = await rig.connect();
    expect(await other.ask(`${token}//get: 1`)).toBe('Employee does not exist');
    expect(await other.ask(`${token}//add: ${JOHN}`)).toBe(DENIED);
    await other.end();
    using again = await rig.connect();
    expect(await again.ask(`${token}//get: 1`)).toBe('Employee does not exist');
  });
});

test('what is done here stands in the audit log, as done by this door', async () => {
  await rig.create('harry', { permissions: EVERYTHING.slice(0, 3) });
  const harry = await rig.logOn('harry');
  for (const request of [`add: ${JOHN}`, 'get: 1', 'update: 1,Jane,,,,', 'delete: 1'])
    await harry.client.ask(`${harry.session}//${request}`);
  await harry.client.ask('-//logon: harry,wrong');
  await harry.client.end();
  const lines = async () =>
    (await rig.audited())
      .filter(({ actor, door }) => actor === 'harry' && door === 'records')
      .map(({ action, outcome }) => `${action} ${outcome}`);
  await until('the logout is noted', async () => (await lines()).includes('logout done'));
  expect((await lines()).toSorted()).toEqual(
    [
      ...['login done', 'employee.added done', 'employee.read done', 'employee.changed done'],
      ...['permission.refused refused', 'login refused', 'logout done'],
    ].toSorted(),
  );
  const said = JSON.stringify([await rig.audited(), rig.gatherd.log]);
  for (const secret of [PASSWORD, harry.session, '123456789', 'Jane']) expect(said).not.toContain(secret);
});

test('200 connections at once are served, each with a session of its own', async () => {
  const connections = await Promise.all(Array.from({ length: 200 }, () => rig.connect()));
  const first = connections.slice(0, 4);
  const sessions = await Promise.all(
    first.map(async (each) => sessionIn(await each.ask(`-//logon: dale,${PASSWORD}`))),
  );
  expect(new Set(sessions).size).toBe(4);
  const added = await Promise.all(
    connections.map((each, index) => {
      const employee = `${String(index + 1)},John,Doe,${String(index)},01-01-2000,1`;
      return each.ask(`${sessions[index % 4] ?? ''}//add: ${employee}`);
    }),
  );
  expect(added).toEqual(added.map((_, index) => `Employee #${String(index + 1)} successfully added`));
  const got = await Promise.all(
    connections.map((each, index) => each.ask(`${sessions[index % 4] ?? ''}//get: ${String(200 - index)}`)),
  );
  for (const [index, reply] of got.entries())
    expect(reply).toBe(`(${String(200 - index)}, 'John', 'Doe', ${String(199 - index)}, '01-01-2000', 1)`);
  for (const each of connections) each[Symbol.dispose]();
});

test('of several who add the same employee, one does', async () => {
  const others = await Promise.all(Array.from({ length: 8 }, () => rig.connect()));
  const replies = await Promise.all(others.map((each) => each.ask(`${session}//add: ${JOHN}`)));
  expect(replies.toSorted()).toEqual(
    [
      ...Array.from({ length: 7 }, () => 'Employee already exists'),
      'Employee #1 successfully added',
    ].toSorted(),
  );
});

test('whatever is sent is answered or ignored, and the next request is answered', async () => {
  const words = [session, '//', 'get', 'add', 'update', ': ', ',', '1', '\n', '-', 'é'].map((word) =>
    Buffer.from(word),
  );
  const piece = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...words) },
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
      using other = await rig.connect();
      await other.send(Buffer.concat(pieces));
      expect(await other.end(`\n${session}//get: 12345`)).toMatch(/Employee does not exist$/);
    }),
    { numRuns: 60 },
  );
});
