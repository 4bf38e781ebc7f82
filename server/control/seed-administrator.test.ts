import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadSettings } from '../config/load-settings.js';
import { Secret } from '../config/setting-kinds.js';
import { claimDataDirectory, type DataDirectory } from '../data-directory/claim-data-directory.js';
import { putNewDatabase } from '../tests/support/new-database.js';
import { QUIET } from '../tests/support/segment-files.js';
import { openServices, type Services } from '../wiring/open-services.js';
import { OPERATOR } from './operator-commands.js';
import { seedAdministrator } from './seed-administrator.js';

const GOOD = 'a harbour of seven ships';
const WARN = 40;
const ERROR = 50;

let folder = '';
let directory: DataDirectory;
let services: Services;
let lines: { level: number; msg: string }[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatherd-seed-'));
  await putNewDatabase(folder);
  directory = await claimDataDirectory(folder);
  const { settings } = loadSettings({ dataDir: folder }, {});
  services = await openServices(settings, { directory, clock: () => new Date(), logger: QUIET });
  lines = [];
});

afterEach(async () => {
  await services[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function seed(password: string | undefined): Promise<void> {
  const logger = pino({}, { write: (line: string) => lines.push(JSON.parse(line) as (typeof lines)[0]) });
  const secret = password === undefined ? undefined : new Secret(password);
  await seedAdministrator({ ...services, password: secret, logger });
  if (password !== undefined) expect(JSON.stringify(lines)).not.toContain(password);
}

function loud(level: number): string[] {
  return lines.filter((line) => line.level === level).map(({ msg }) => msg);
}

test('without administrator and password the log says how one is made', async () => {
  await seed(undefined);
  expect(loud(WARN)).toEqual([expect.stringContaining('gatherd admin create')]);
  expect(await services.users.countAdministrators()).toBe(0);
});

test('the password of the settings makes the administrator once', async () => {
  await seed(GOOD);
  const admin = await services.users.findByNameKey('admin');
  expect(admin).toMatchObject({ name: 'admin', role: 'admin', status: 'active', oneTimeUntil: null });
  expect((await services.hasher.check(admin?.passwordHash ?? '', GOOD)).isRight).toBe(true);
  expect([...loud(WARN), ...loud(ERROR)]).toEqual([]);
  lines = [];
  await seed('another good password');
  expect(lines).toEqual([]);
  const after = await services.users.findByNameKey('admin');
  expect(after?.passwordHash).toBe(admin?.passwordHash);
});

test('a weak password of the settings is taken with a warning', async () => {
  await seed('qwerty');
  expect(loud(WARN)).toHaveLength(1);
  expect(await services.users.countAdministrators()).toBe(1);
});

test('an account admin that is there already is not made an administrator', async () => {
  await services.registrations.register(OPERATOR, { username: 'Admin', password: GOOD });
  await seed('another good password');
  expect(loud(ERROR)).toHaveLength(1);
  expect(await services.users.findByNameKey('admin')).toMatchObject({ role: 'user' });
});

test('nothing is made where there is an administrator of another name', async () => {
  await services.registrations.create(OPERATOR, { username: 'dale', password: GOOD, role: 'admin' });
  await seed(GOOD);
  await seed(undefined);
  expect(lines).toEqual([]);
  expect(await services.users.findByNameKey('admin')).toBeUndefined();
});
