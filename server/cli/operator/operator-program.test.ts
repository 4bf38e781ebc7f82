import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { AsyncDisposableStack } from '@whatwg-node/disposablestack';
import { CommanderError } from 'commander';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { auditQuery } from '../../../protocol/audit.js';
import { loadSettings } from '../../config/load-settings.js';
import { openControlServer } from '../../control/control-server.js';
import { operatorCommands } from '../../control/operator-commands.js';
import { claimDataDirectory } from '../../data-directory/claim-data-directory.js';
import { AppError } from '../../errors/app-error.js';
import { openNewDatabase, putNewDatabase } from '../../tests/support/new-database.js';
import { QUIET } from '../../tests/support/segment-files.js';
import { createOperatorServices } from '../../wiring/operator-services.js';
import { openServices, type Services } from '../../wiring/open-services.js';
import { CliError } from '../cli-error.js';
import { EXIT, exitCodeOf } from '../exit-codes.js';
import { createProgram } from '../program.js';

const PASSWORD = 'a harbour of seven ships';
const clock = () => new Date('2026-11-21T02:44:57.000Z');

let folder = '';
let dataDir = '';
let passwordFile = '';

// As the program itself has it.
let umask = 0;
beforeAll(() => {
  umask = process.umask(0o077);
});
afterAll(() => {
  process.umask(umask);
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatherd-operator-'));
  dataDir = join(folder, 'data');
  passwordFile = join(folder, 'password');
  await mkdir(dataDir, { mode: 0o700 });
  await writeFile(passwordFile, `${PASSWORD}\n`, { mode: 0o600 });
  await putNewDatabase(dataDir);
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface World {
  readonly env?: Readonly<Record<string, string>>;
  /** Lines that are typed, or come by a pipe. */
  readonly input?: string;
  readonly isTerminal?: boolean;
}

async function gatherd(
  args: readonly string[],
  { env = {}, input, isTerminal = false }: World = {},
): Promise<Ran> {
  const [out, err, stdin]: [string[], string[], PassThrough] = [[], [], new PassThrough()];
  if (input !== undefined) stdin.end(input);
  const errStream = new PassThrough().on('data', (piece: Buffer) => err.push(piece.toString()));
  const { program, exitCode } = createProgram(
    { GATHERD_DATA_DIR: dataDir, ...env },
    {
      version: '0.0.0',
      clock,
      onHangUp: () => undefined,
      clientPath: '',
      consolePath: '',
      sealWorkerPath: '',
      signal: new AbortController().signal,
      out: new PassThrough(),
      isOutTerminal: false,
      print: (text) => out.push(text),
      err: errStream,
      isErrorTerminal: false,
      in: stdin,
      isInTerminal: isTerminal,
    },
  );
  for (const command of [program, ...program.commands.flatMap((one) => [one, ...one.commands])])
    command
      .exitOverride()
      .configureOutput({ writeErr: (text) => err.push(text), writeOut: (text) => out.push(text) });
  try {
    await program.parseAsync(['node', 'gatherd', ...args]);
    return { code: exitCode(), out: out.join(''), err: err.join('') };
  } catch (error) {
    err.push(String(error));
    return { code: codeOf(error), out: out.join(''), err: err.join('') };
  }
}

function codeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof CliError) return error.exitCode;
  if (error instanceof AppError) return exitCodeOf(error.code);
  throw error;
}

/** Opens the data directory as a server does, and lets the operator reach it. */
async function serve(
  env: Readonly<Record<string, string>> = {},
): Promise<AsyncDisposable & { services: Services }> {
  const { settings } = loadSettings({ dataDir }, env);
  const stack = new AsyncDisposableStack();
  try {
    const directory = stack.use(await claimDataDirectory(dataDir));
    const services = stack.use(await openServices(settings, { directory, clock, logger: QUIET }));
    const operator = createOperatorServices(settings, { directory, clock }, services, '0.0.0');
    stack.use(await openControlServer(directory, operatorCommands(operator), QUIET));
    return { services, [Symbol.asyncDispose]: () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

async function lookAt<Result>(look: (services: Services) => Promise<Result>): Promise<Result> {
  await using served = await serve();
  return await look(served.services);
}

async function actionsOf({ audit }: Services): Promise<string[]> {
  const { entries } = await audit.page(auditQuery.parse({}));
  return entries.map(({ action, door }) => `${action} by ${door}`);
}

describe('gatherd admin create', () => {
  test('makes an administrator where no server runs, with the password of a file', async () => {
    const { code, out } = await gatherd(['admin', 'create', '--password-file', passwordFile]);
    expect([code, out]).toEqual([0, 'admin is an administrator now.\n']);
    await lookAt(async ({ users, hasher, audit }) => {
      const user = await users.findByNameKey('admin');
      expect(user).toMatchObject({ role: 'admin', status: 'active', oneTimeUntil: null });
      expect((await hasher.check(user?.passwordHash ?? '', PASSWORD)).isRight).toBe(true);
      const { entries } = await audit.page(auditQuery.parse({}));
      expect(entries).toMatchObject([
        { action: 'account.created', door: 'operator', endpoint: 'local', actor: null },
      ]);
      expect(JSON.stringify(entries)).not.toContain(PASSWORD);
    });
  });

  test('has a running server make it', async () => {
    await using served = await serve();
    const args = ['admin', 'create', 'Dale', '--password-file', passwordFile, '--email', 'dale@example.org'];
    expect(await gatherd(args)).toMatchObject({ code: 0, out: 'Dale is an administrator now.\n' });
    expect(await served.services.users.findByNameKey('dale')).toMatchObject({
      role: 'admin',
      email: 'dale@example.org',
    });
    const again = await gatherd(args.slice(0, -2));
    expect(again.code).toBe(1);
    expect(again.err).toContain('Username already exists');
  });

  test('asks on a terminal twice, and shows nothing of what is typed', async () => {
    const typed = { input: `${PASSWORD}\n${PASSWORD}\n`, isTerminal: true };
    const { code, err, out } = await gatherd(['admin', 'create'], typed);
    expect(code).toBe(0);
    expect(err).toBe('New password of admin: \nThe same again: \n');
    expect(out).not.toContain(PASSWORD);
  });

  test('takes the first line of a pipe', async () => {
    const { code, err } = await gatherd(['admin', 'create'], { input: `${PASSWORD}\nmore` });
    expect([code, err]).toEqual([0, '']);
  });

  test.each([
    ['two that differ', { input: `${PASSWORD}\nanother\n`, isTerminal: true }, 1],
    ['none', { input: '' }, 2],
    ['an empty one', { input: '\n', isTerminal: true }, 2],
    ['one that is too short', { input: 'abc' }, 1],
    ['a common one', { input: 'password' }, 1],
  ])('makes nobody with %s', async (_what, world, expected) => {
    expect((await gatherd(['admin', 'create'], world)).code).toBe(expected);
    expect(await lookAt(({ users }) => users.countAdministrators())).toBe(0);
  });

  test('makes nobody of a name that cannot be, nor with a file that is not there', async () => {
    const badName = await gatherd(['admin', 'create', 'a b', '--password-file', passwordFile]);
    expect(badName.code).toBe(1);
    expect(badName.err).toContain("'username'");
    const noFile = await gatherd(['admin', 'create', '--password-file', join(folder, 'none')]);
    expect(noFile.code).toBe(78);
    expect(noFile.err).toContain('--password-file');
  });
});

describe('gatherd import users', () => {
  const CSV = 'username,password\nann,correct horse battery\nbob,another fine day\n';
  let file = '';

  beforeEach(async () => {
    file = join(folder, 'users.csv');
    await writeFile(file, CSV);
  });

  test('shows what it would do, and does it only when it is told to', async () => {
    const dry = await gatherd(['import', 'users', file]);
    expect([dry.code, dry.out]).toEqual([0, expect.stringContaining('--apply imports 2 users') as string]);
    expect(await lookAt(({ users }) => users.findByNameKey('ann'))).toBeUndefined();
    await using served = await serve();
    const done = await gatherd(['import', 'users', file, '--apply']);
    expect([done.code, done.out]).toEqual([0, expect.stringContaining('2 users imported') as string]);
    expect(await served.services.users.findByNameKey('ann')).toMatchObject({ role: 'user' });
    const again = await gatherd(['import', 'users', file, '--apply', '--json']);
    expect(again.code).toBe(1);
    expect(JSON.parse(again.out)).toMatchObject({ isApplied: false, counts: { conflicts: 2 } });
  });

  test('shows no password, whatever it prints', async () => {
    const shown = await Promise.all(
      [[], ['--json']].map((more) => gatherd(['import', 'users', file, ...more])),
    );
    for (const { out, err } of shown) expect(out + err).not.toMatch(/horse|fine day/);
  });

  test('says what is wrong with a file', async () => {
    const none = await gatherd(['import', 'users', join(folder, 'none.csv')]);
    expect([none.code, none.err]).toEqual([1, expect.stringContaining('cannot be imported') as string]);
    expect((await gatherd(['import', 'users', file, '--format', 'xml'])).code).toBe(2);
  });
});

describe('gatherd key rotate', () => {
  const email = 'dale@example.org';
  const EMPLOYEE = {
    ...{ id: 7, first_name: 'Dale', last_name: 'Cooper' },
    ...{ ssn: '012345678', date_of_birth: '04-19-1954', salary: 1 },
  };

  async function makeDale(): Promise<void> {
    await gatherd(['admin', 'create', 'dale', '--password-file', passwordFile, '--email', email]);
  }

  test('seals everything anew, by a running server or without one', async () => {
    await makeDale();
    await (async () => {
      await using served = await serve();
      const before = served.services.keys.keyId;
      await served.services.employeeStore.insert(EMPLOYEE, new Date(0));
      const { code, out } = await gatherd(['key', 'rotate']);
      expect([code, out]).toEqual([0, expect.stringContaining('2 rows were sealed anew') as string]);
      expect(served.services.keys.keyId).not.toBe(before);
      expect(await served.services.users.findByNameKey('dale')).toMatchObject({ email });
    })();
    expect((await gatherd(['key', 'rotate'])).code).toBe(0);
    expect(await lookAt(({ users }) => users.findByEmail(email))).toMatchObject({ name: 'dale' });
    expect(await lookAt(({ employeeStore }) => employeeStore.findById(7))).toMatchObject({
      damaged: [],
      fields: { ssn: EMPLOYEE.ssn },
    });
    expect(await lookAt(actionsOf)).toEqual([
      'key.rotated by operator',
      'key.rotated by operator',
      'account.created by operator',
    ]);
  });

  test('puts the data keys under a new master key', async () => {
    await makeDale();
    const before = await readFile(join(dataDir, 'master.key'));
    expect((await gatherd(['key', 'rotate', '--new-master-key'])).code).toBe(0);
    expect(await readFile(join(dataDir, 'master.key'))).not.toEqual(before);
    const next = 'a passphrase of some length';
    await writeFile(join(folder, 'next'), next);
    const { code, out, err } = await gatherd([
      'key',
      'rotate',
      '--new-master-key-file',
      join(folder, 'next'),
    ]);
    expect([code, out]).toEqual([0, expect.stringContaining('GATHERD_MASTER_KEY') as string]);
    expect(out + err).not.toContain(next);
    await expect(lookAt(() => Promise.resolve())).rejects.toMatchObject({ code: 'key.unusable' });
    await using served = await serve({ GATHERD_MASTER_KEY: next });
    expect(await served.services.users.findByNameKey('dale')).toMatchObject({ email });
  });

  test('has nothing to do where there is no database', async () => {
    const empty = join(folder, 'empty');
    const { code, err } = await gatherd(['key', 'rotate'], { env: { GATHERD_DATA_DIR: empty } });
    expect([code, err]).toEqual([1, expect.stringContaining('no database') as string]);
    await expect(stat(empty)).rejects.toThrow('ENOENT');
  });
});

describe('gatherd backup and restore', () => {
  test('copy a running server’s accounts to another directory', async () => {
    const target = join(folder, 'backup');
    await (async () => {
      await using _served = await serve();
      await gatherd(['admin', 'create', '--password-file', passwordFile]);
      const { code, out } = await gatherd(['backup', target]);
      expect([code, out]).toEqual([0, expect.stringContaining('gatherd.db') as string]);
    })();
    expect(await readdir(target)).toContain('master.key');
    const before = dataDir;
    dataDir = join(folder, 'restored');
    expect((await gatherd(['restore', target])).code).toBe(0);
    expect(await lookAt(({ users }) => users.countAdministrators())).toBe(1);
    expect((await gatherd(['restore', target])).code).toBe(1);
    dataDir = before;
  });

  test('leave out the keys where they are told to', async () => {
    await gatherd(['admin', 'create', '--password-file', passwordFile]);
    const target = join(folder, 'backup');
    const { code, out } = await gatherd(['backup', target, '--without-keys']);
    expect([code, out]).toEqual([0, expect.stringContaining('needs besides') as string]);
    expect((await readdir(target)).filter((name) => name.endsWith('.key'))).toEqual([]);
    expect((await gatherd(['backup', target])).code).toBe(1);
  });
});

describe('gatherd doctor', () => {
  interface Found {
    readonly level: string;
    readonly about: string;
    readonly text: string;
  }

  async function doctor(world: World = {}): Promise<{ code: number; findings: Found[] }> {
    const { code, out } = await gatherd(['doctor', '--json'], world);
    return { code, findings: JSON.parse(out) as Found[] };
  }

  function of(findings: readonly Found[], level: string): string[] {
    return findings.filter((found) => found.level === level).map(({ about }) => about);
  }

  test('finds that there is no administrator, and nothing else once there is one', async () => {
    const before = await doctor();
    expect([before.code, of(before.findings, 'problem')]).toEqual([1, ['administrator']]);
    await gatherd(['admin', 'create', '--password-file', passwordFile]);
    const after = await doctor();
    expect([after.code, of(after.findings, 'problem')]).toEqual([0, []]);
    await using _served = await serve();
    expect((await doctor()).code).toBe(0);
  });

  test('changes nothing, not even where there is nothing', async () => {
    const env = { GATHERD_DATA_DIR: join(folder, 'empty') };
    expect((await doctor({ env })).code).toBe(1);
    await expect(stat(join(folder, 'empty'))).rejects.toThrow('ENOENT');
    const names = await readdir(dataDir);
    await doctor();
    // Whoever closes a database last takes its log away.
    expect((await readdir(dataDir)).filter((name) => !names.includes(name))).toEqual([]);
  });

  test('shows a line for each finding, the problems last', async () => {
    const { code, out } = await gatherd(['doctor']);
    const lines = out.trimEnd().split('\n');
    expect(code).toBe(1);
    expect(lines.slice(-2)).toEqual([expect.stringContaining('gatherd admin create'), '1 problem']);
    expect(lines.every((line) => /^(?:ok|warning|problem) +[\w ]+: |^1 problem$/.test(line))).toBe(true);
  });

  test('finds settings that cannot be, all of them', async () => {
    const { code, findings } = await doctor({ env: { GATHERD_PORT: 'x', GATHERD_TOKEN_TTL: '0' } });
    expect([code, of(findings, 'problem')]).toEqual([1, ['settings', 'settings']]);
  });

  test('warns of what is open', async () => {
    const env = {
      GATHERD_HOST: '0.0.0.0',
      GATHERD_INSECURE_HTTP: 'true',
      GATHERD_ZMQ: 'tcp://127.0.0.1:0',
      GATHERD_CREDENTIALS: '127.0.0.1:0',
      GATHERD_TRUST_PROXY: '1',
      GATHERD_ADMIN_PASSWORD: PASSWORD,
      GATHERD_MISSPELT: '1',
    };
    const { code, findings } = await doctor({ env });
    expect(code).toBe(0);
    expect(of(findings, 'warning').filter((about) => about === 'exposure')).toHaveLength(5);
    expect(of(findings, 'warning')).toEqual(
      expect.arrayContaining(['settings', 'passwords', 'administrator']),
    );
    expect(JSON.stringify(findings)).not.toContain(PASSWORD);
    const strict = { GATHERD_PASSWORD_MIN_LENGTH: '8', GATHERD_PASSWORD_POLICY: 'all' };
    expect(of((await doctor({ env: strict })).findings, 'warning')).not.toContain('passwords');
  });

  test.skipIf(process.platform === 'win32')(
    'finds keys that others may read, are missing, or of another database',
    async () => {
      await gatherd(['admin', 'create', '--password-file', passwordFile]);
      await writeFile(join(dataDir, 'master.key'), Buffer.alloc(32, 1), { mode: 0o600 });
      await rm(join(dataDir, 'pepper.key'));
      await rm(join(dataDir, 'token.key'));
      await writeFile(join(dataDir, 'token.key'), Buffer.alloc(32), { mode: 0o600 });
      await chmod(join(dataDir, 'token.key'), 0o644);
      expect(of((await doctor()).findings, 'problem')).toEqual(['master key', 'pepper', 'token key']);
      await rm(join(dataDir, 'master.key'));
      expect(of((await doctor()).findings, 'problem')).toContain('master key');
    },
  );

  test('finds a database that is damaged, or of another gatherd', async () => {
    const path = join(dataDir, 'gatherd.db');
    await writeFile(path, 'no database, and longer than the header of one. '.repeat(100));
    expect(of((await doctor()).findings, 'problem')).toEqual(['database']);
    await rm(path);
    const database = await openNewDatabase(path);
    await database.client.$executeRawUnsafe(
      `UPDATE _prisma_migrations SET migration_name = '9' WHERE rowid = 1`,
    );
    await database.client.$executeRawUnsafe(
      `INSERT INTO _prisma_migrations SELECT 'x', checksum, finished_at, '1', logs, rolled_back_at, started_at, applied_steps_count FROM _prisma_migrations LIMIT 1`,
    );
    await database[Symbol.asyncDispose]();
    expect(of((await doctor()).findings, 'warning')).toContain('migrations');
  });
});

describe('help', () => {
  test.each([
    'admin create',
    'import users',
    'import employees',
    'key rotate',
    'backup',
    'restore',
    'doctor',
  ])('of %s has examples', async (command) => {
    const { code, out } = await gatherd([...command.split(' '), '--help']);
    expect([code, out]).toEqual([0, expect.stringContaining(`  gatherd ${command}`) as string]);
  });
});
