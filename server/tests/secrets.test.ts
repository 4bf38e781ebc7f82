import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Request } from 'zeromq';
import { GatherdProcess, runGatherd } from './support/gatherd-process.js';
import { RawConnection } from './support/raw-connection.js';
import { SecretSearch } from './support/secret-search.js';
import { temporaryDirectory } from './support/temporary-directory.js';
import { until } from './support/until.js';
import { PATIENCE_MS } from './support/patience.js';

const GATHER = fileURLToPath(new URL('../../dist/gather.mjs', import.meta.url));
const secrets = new SecretSearch();
const personal = new SecretSearch();

/** A password like the others, which stands nowhere by chance. */
const password = (name: string) => secrets.use(`the password ${name}`, `${name} ${randomUUID()}`);

const SETTINGS = {
  GATHERD_PEPPER: password('pepper'),
  GATHERD_MASTER_KEY: secrets.use('the master key', randomBytes(32)).toString('hex'),
  GATHERD_ADMIN_PASSWORD: password('of the administrator'),
  GATHERD_METRICS_TOKEN: password('of the metrics'),
  GATHERD_ENROLLMENT: 'invite',
  GATHERD_ZMQ: 'tcp://127.0.0.1:0',
  GATHERD_CREDENTIALS: '127.0.0.1:0',
};
const PROFILE = {
  email: personal.use('the address', 'audrey.horne@great-northern.example'),
  full_name: personal.use('the full name', 'Audrey Horne-Wheeler'),
  phone: personal.use('the phone number', '+1 555 0142 7788'),
  address: personal.use('the street', '1 Great Northern Drive'),
  city: personal.use('the city', 'Snoqualmie-upon-Falls'),
  country: personal.use('the country', 'Washington Territory'),
  postal_code: personal.use('the postal code', 'WA-98065-XY'),
  date_of_birth: personal.use('the date of birth', '1971-02-28'),
  notes: personal.use('the notes', 'ties cherry stems into knots'),
  metadata: { shoe: personal.use('the metadata', 'saddle shoes, size 38') },
};
const WRONG = password('that is wrong');
const FIRST = password('at first');
const SECOND = password('that follows');
const THIRD = password('after the reset');

let gatherd: GatherdProcess;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeAll(async () => {
  directory = await temporaryDirectory();
  const env = { ...SETTINGS, GATHERD_LOG_LEVEL: 'trace' };
  gatherd = await GatherdProcess.start({ dataDir: join(directory.path, 'data'), env });
});

afterAll(async () => {
  await gatherd[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

type Fields = Readonly<Record<string, unknown>>;

/** Asks, and takes note of all of the answer. @param shown - the names of the secrets that it is there to show */
async function ask(asked: string, token?: string, body?: object | string, shown: readonly string[] = []) {
  const [method = '', path = ''] = asked.split(' ');
  const answer = await fetch(`${gatherd.url}${path}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const content = await answer.text();
  const where = `the answer to ${method} ${path.split('?')[0]?.slice(0, 25) ?? ''}: ${content}`;
  secrets.see(
    `${where} ${JSON.stringify([...answer.headers])}`,
    content + JSON.stringify([...answer.headers]),
    shown,
  );
  return { status: answer.status, fields: (content.startsWith('{') ? JSON.parse(content) : {}) as Fields };
}

/** Asks for something that is shown once, and takes note of it. */
async function make(name: string, field: string, ...[asked, token, body]: Parameters<typeof ask>) {
  const { fields } = await ask(asked, token, body, [name]);
  expect(fields, asked).toHaveProperty(field);
  return { secret: secrets.use(name, String(fields[field])), fields };
}

const logIn = (name: string, username: string, given: string) =>
  make(name, 'token', 'POST /v1/sessions', undefined, { username, password: given });

async function say(message_type: string, fields: object, shown: readonly string[] = []) {
  return (await ask('POST /', undefined, { message_type, ...fields }, shown)).fields;
}

async function useAccounts(root: string): Promise<string> {
  await ask('POST /v1/sessions', undefined, { username: 'admin', password: WRONG });
  await ask('POST /v1/sessions', undefined, { username: PROFILE.email, password: WRONG });
  const { secret: invite } = await make('the invite', 'code', 'POST /v1/invites', root, { note: 'Audrey' });
  const wanted = { username: 'audrey', password: FIRST, invite, ...PROFILE };
  await ask('POST /v1/account', undefined, { ...wanted, role: 'admin' });
  await ask('POST /v1/account', undefined, { ...wanted, invite: WRONG });
  expect((await ask('POST /v1/account', undefined, wanted)).status).toBe(201);
  await ask('POST /v1/account', undefined, wanted);
  await ask('GET /v1/invites', root);
  const { secret: token } = await logIn('the session', 'audrey', FIRST);
  await ask('POST /v1/account/password', token, { current_password: WRONG, new_password: SECOND });
  await ask('POST /v1/account/password', token, { current_password: FIRST, new_password: SECOND });
  await ask('PATCH /v1/account', token, { password: THIRD, current_password: SECOND });
  await ask('DELETE /v1/account', token, { password: WRONG });
  return token;
}

async function useTokens(root: string, token: string): Promise<void> {
  const wanted = { name: 'sensor', permissions: ['messages:write'] };
  const { secret: device } = await make('the API token', 'token', 'POST /v1/tokens', token, wanted);
  await ask('POST /v1/tokens', token, wanted);
  await ask('GET /v1/tokens', token);
  await ask('GET /v1/sessions', token);
  await ask('GET /v1/sessions', device);
  await say('MESSAGE', { token: device, message: 'hello' });
  await ask(`GET /v1/messages?token=${device}`, token);
  // Whoever asks for it is told so.
  await ask(`GET /v1/users/${token}`, root, undefined, ['the session']);
  await ask(`DELETE /v1/sessions/${token}`, token);
  await ask(`GET /${token}`);
  await ask('GET /v1/account', `${token}x`);
  await ask('POST /v1/sessions', undefined, `{"username":"audrey","password":"${SECOND}"`);
  await ask('POST /v1/sessions', undefined, { username: SECOND, password: { of: SECOND } });
}

async function useEmployees(root: string): Promise<void> {
  const ssn = secrets.use('the SSN', '398517264');
  const born = secrets.use('the date of birth of an employee', '07-19-1961');
  const salary = Number(secrets.use('the salary', '73918264'));
  const wanted = { id: 7, first_name: 'Ed', last_name: 'Hurley', ssn, date_of_birth: born, salary };
  await ask('POST /v1/employees', root, wanted);
  await ask('POST /v1/employees', root, wanted);
  await ask('POST /v1/employees', root, { ...wanted, id: 8, salary: String(salary) });
  await ask('POST /v1/employees/import', root, {
    employees: [wanted, { ...wanted, id: 9 }, { ...wanted, id: 10, ssn: `${ssn}1` }],
    ...{ apply: true, skip_conflicts: true },
  });
  await ask('PATCH /v1/employees/7', root, { ssn });
  await ask('GET /v1/employees', root);
  const shown = ['the SSN', 'the date of birth of an employee', 'the salary'];
  expect((await ask('GET /v1/employees/9', root, undefined, shown)).status).toBe(200);
}

async function useHandshakes(): Promise<void> {
  await say('IDENTIFY', { username: 'audrey' });
  await say('AUTHENTICATE', { username: 'audrey', password: WRONG });
  await say('AUTHENTICATE', { username: 'nobody', password: WRONG });
  const { token } = await say('AUTHENTICATE', { username: 'audrey', password: SECOND }, ['the JWT']);
  const jwt = secrets.use('the JWT', String(token));
  await say('MESSAGE', { token: jwt, message: 'hello' });
  await say('MESSAGE', { token: `${jwt}x`, message: 'hello' });
  await say('MESSAGE', { token: jwt, message: [1] });
}

async function reset(root: string): Promise<void> {
  const name = 'the one-time password';
  const { secret: once } = await make(name, 'one_time_password', 'POST /v1/users/audrey/password', root);
  await say('AUTHENTICATE', { username: 'audrey', password: once });
  const { secret: token } = await logIn('the session for one change', 'audrey', once);
  await ask('GET /v1/messages', token);
  await ask('POST /v1/account/password', token, { current_password: once, new_password: THIRD });
  await ask('POST /v1/sessions', undefined, { username: 'audrey', password: once });
}

const addressOf = (name: string) =>
  until(
    'the gateway is open',
    () => new RegExp(`Gateway ${name} listens on (\\S+)`).exec(gatherd.output)?.[1],
  );

async function useZmq(): Promise<void> {
  const client = new Request({ linger: 0, receiveTimeout: PATIENCE_MS });
  client.connect(await addressOf('zmq'));
  const tell = async (action: string, fields: object, shown: readonly string[] = []) => {
    await client.send(JSON.stringify({ action, ...fields }));
    const reply = String(await client.receive());
    secrets.see(`the gateway's reply: ${reply}`, reply, shown);
    return JSON.parse(reply) as Fields;
  };
  await tell('login', { credentials: { username: 'audrey', password: WRONG } });
  const name = 'the session of the gateway';
  const { session_token: token } = await tell(
    'login',
    { credentials: { username: 'audrey', password: THIRD } },
    [name],
  );
  const session_token = secrets.use(name, String(token));
  await tell('get_user', { session_token });
  await tell('update_user', { session_token, update_data: { password: FIRST, current_password: WRONG } });
  await tell('delete_user', { session_token, password: WRONG });
  await tell(session_token, { session_token }, [name]);
  client.close();
}

async function useCredentials(): Promise<void> {
  const address = await addressOf('credentials');
  for (const line of [`LOGIN\naudrey\n${THIRD}`, `LOGIN\naudrey\n${WRONG}`, `ADD\nbobby\n${FIRST}`, THIRD]) {
    using connection = await RawConnection.open(address);
    secrets.see('the reply of the credentials gateway', await connection.end(`${line}\n`));
  }
}

async function gather(args: readonly string[], given: string): Promise<string> {
  const env = { PATH: process.env['PATH'] ?? '', GATHER_CONFIG_DIR: join(directory.path, 'gather') };
  const child = spawn(process.execPath, [GATHER, ...args, '--json', '--server', gatherd.url], { env });
  const closed = once(child, 'close');
  child.stdin.end(given);
  const [out, error] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await closed;
  secrets.see(`the output of gather ${args.join(' ')}`, out + error);
  return out;
}

async function useClient(): Promise<void> {
  await mkdir(join(directory.path, 'gather'));
  const login = ['login', 'audrey', '--password-file', '-'];
  await gather(login, WRONG);
  expect(await gather(login, THIRD)).toContain('"audrey"');
  for (const command of ['whoami', 'sessions list', 'tokens list', 'permissions', 'status', 'logout']) {
    await gather(command.split(' '), '');
  }
}

async function operate(): Promise<void> {
  const file = join(directory.path, 'password');
  await writeFile(file, password('of another administrator'));
  const dataDir = ['--data-dir', gatherd.dataDir];
  const commands = [
    ['config'],
    ['doctor'],
    ['admin', 'create', 'root', '--password-file', file],
    ['key', 'rotate'],
  ];
  for (const command of commands) {
    const { stdout, stderr } = await runGatherd([...command, ...dataDir], SETTINGS);
    expect(stdout, stderr).not.toBe('');
    secrets.see(`the output of gatherd ${command.join(' ')}`, stdout + stderr);
  }
}

describe('what is secret or personal', () => {
  beforeAll(async () => {
    const { secret: root } = await logIn(
      'the session of the administrator',
      'admin',
      SETTINGS.GATHERD_ADMIN_PASSWORD,
    );
    secrets.use('the key of tokens', await readFile(join(gatherd.dataDir, 'token.key')));
    await useTokens(root, await useAccounts(root));
    await useEmployees(root);
    await useHandshakes();
    await reset(root);
    await useZmq();
    await useCredentials();
    await useClient();
    await operate();
    await ask('GET /v1/users', root);
    await ask('GET /v1/audit?limit=200', root);
    await ask('GET /v1/audit/verification', root);
    await ask('GET /metrics', SETTINGS.GATHERD_METRICS_TOKEN);
    secrets.see('the log', gatherd.output);
    personal.see('the log', gatherd.output);
  });

  test('is shown by no answer but the one that is there for it, by no log and by no command', () => {
    expect(gatherd.output).toContain('refused');
    expect(secrets.leaks()).toEqual([]);
  });

  test('is in no file of the data directory as it is, while it runs and afterwards', async () => {
    for (const state of ['running', 'stopped']) {
      const files = (await readdir(gatherd.dataDir)).filter((name) => !/^token\.key$|\.sock$/.test(name));
      const contents = await Promise.all(files.map((name) => readFile(join(gatherd.dataDir, name))));
      // What is public is found there.
      expect(Buffer.concat(contents).includes('audrey')).toBe(true);
      contents.forEach((content, index) => {
        for (const search of [secrets, personal]) search.see(`${files[index] ?? ''}, ${state}`, content);
      });
      await gatherd.stop();
    }
    expect(secrets.leaks()).toEqual([]);
    expect(personal.leaks()).toEqual([]);
  });
});

test('what is looked for is found, however it is written', () => {
  const search = new SecretSearch();
  const secret = search.use('a secret', 'Pa55 wörd');
  for (const encoding of ['utf8', 'hex', 'base64', 'base64url'] as const) {
    search.see(encoding, `before${Buffer.from(secret).toString(encoding)}after`);
  }
  search.see('where it is shown', secret, ['a secret']);
  search.see('elsewhere', 'Pa55 word');
  expect(search.leaks()).toHaveLength(4);
});
