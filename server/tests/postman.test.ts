import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AsyncDisposableStack } from '@whatwg-node/disposablestack';
import newman, { type NewmanRunExecution, type NewmanRunSummary } from 'newman';
import { lock } from 'proper-lockfile';
import { describe, expect, test } from 'vitest';
import { SETTINGS } from '../config/settings.js';
import { ERROR_TABLE, type ErrorCode } from '../errors/error-table.js';
import { OPERATIONS } from '../http/openapi/operations.js';
import { ServedGatherd } from './support/gatherd-program.js';
import { IS_LONG } from './support/machine.js';

interface Item {
  readonly name: string;
  readonly request: {
    readonly method: string;
    readonly url: { readonly path: readonly string[] };
    readonly description?: string;
  };
  readonly event?: readonly Event[];
}
interface Event {
  readonly listen: string;
  readonly script: { readonly exec: readonly string[] };
}
interface Folder {
  readonly name: string;
  readonly item: readonly Item[];
  readonly event?: readonly Event[];
}

interface Collection {
  readonly item: readonly Folder[];
}

const COLLECTION = readCollection();
const ENVIRONMENT = pathOf('gatherd.postman_environment.json');
const FOLDERS = COLLECTION.item;
const SPECIAL = FOLDERS.filter(({ name }) => name.startsWith('Needs '));
const ORDINARY = FOLDERS.filter((folder) => !SPECIAL.includes(folder));
/** Folders that make all kinds of users, under names that a second run must not find taken. */
const AGAIN = ORDINARY.filter(({ name }) =>
  ['Every row through POST /', 'Account', 'Sessions', 'API tokens'].includes(name),
);
const LOCK_SETTING = 'GATHERD_DUMP_LOCK_TIMEOUT';

/** Limits as they are for somebody who sets nothing. */
const DEFAULT_LIMITS = {
  [SETTINGS.handshakeRate.env]: SETTINGS.handshakeRate.fallback ?? '',
  [SETTINGS.registrationRate.env]: SETTINGS.registrationRate.fallback ?? '',
  [SETTINGS.loginRate.env]: SETTINGS.loginRate.fallback ?? '',
  [SETTINGS.wrongPasswords.env]: SETTINGS.wrongPasswords.fallback ?? '',
};

/** Errors that a request cannot provoke, or not for certain, and why. */
const NOT_IN_THE_COLLECTION: Partial<Record<ErrorCode, string>> = {
  'certificate.of_another': 'it takes certificates of two accounts',
  'certificate.password_needed': 'it takes a certificate',
  'producer.too_many': 'it takes a thousand producers',
  'token.too_many': 'it takes as many API tokens as a user can have',
  'dump.low_space': 'it takes a disk that is nearly full',
  'request.malformed': "a tester's tool sends only well-formed requests",
  'request.timed_out': "a tester's tool sends its requests without a pause",
  'request.expectation_failed': "a tester's tool expects nothing that it does not understand itself",
  'request.headers_too_large': "a tester's tool sends only headers of a usual size",
  'request.busy': 'it takes more senders at once than a collection, which sends one after the other',
  'account.hashing_busy': 'it takes more logins at once than a collection, which sends one after the other',
  'account.hashing_failed': 'it takes a thread that crashes',
  'account.too_many': 'it takes as many users as there can be',
  'account.changed_too_often': 'it takes more changes a minute than a collection makes',
  'account.list_too_long': 'only a gateway says it',
  'account.too_many_pending': 'it takes 100,000 new users',
  'dump.disk_full': 'it takes a full disk',
  'dump.write_failed': 'it takes a failing disk',
  'dump.queue_full': 'it takes more senders at once than a collection, which sends one after the other',
  'dump.lock_lost': 'it takes a program that removes the lock between two commits',
  'dump.closed': 'it takes a server that is stopping',
  'database.unavailable': 'it takes a database that fails',
  'database.disk_full': 'it takes a full disk',
  'server.internal': 'it takes a bug',
  'data_directory.in_use': 'it ends the process before it serves',
  'data_directory.unusable': 'it ends the process before it serves',
  'key.unusable': 'it ends the process before it serves',
  'config.invalid': 'it ends the process before it serves',
  'import.unusable': 'only a command of gatherd itself says it',
  'backup.unusable': 'only a command of gatherd itself says it',
  'feed.too_many': 'it takes as many connections to the feed as there can be',
  'feed.too_many_of_user': 'it takes connections that stay open',
  'feed.too_slow': 'a stream ends with it',
  'feed.idle': 'only the chat gateway says it',
  'feed.unreadable': 'it takes a failing disk',
  'feed.closing': 'it takes a server that is stopping',
  'chat.rate_limited': 'it takes more than sixty chat messages a minute',
};

// Each waits for its server now and then: meanwhile the others go on.
describe.concurrent('the Postman collection', () => {
  test('passes from top to bottom, and a second time where it makes users, against a server with default settings', async () => {
    await using server = await ServedGatherd.start({ env: DEFAULT_LIMITS });
    const [summary, again] = await Promise.all([run(server.url), run(server.url, AGAIN)]);
    expect(failuresOf(summary)).toEqual([]);
    assertEachWasChecked(summary, ORDINARY);
    expect(requestedItems(summary)).not.toEqual(expect.arrayContaining(namesIn(SPECIAL)));
    expect(failuresOf(again)).toEqual([]);
    assertEachWasChecked(again, AGAIN);
    const dump = await readFile(join(server.dataDir, 'dump.ndjson'), 'utf8');
    expect(dump).toContain('after all refusals');
    expect(dump).not.toContain('must not be stored');
  }, 300_000);

  test('passes each folder that needs another server against that server', async () => {
    await using stack = new AsyncDisposableStack();
    const servers = await Promise.all(SPECIAL.map(({ name }) => startFor(settingsOf(name), stack)));
    // One run for all: to begin one takes longer than most of the folders.
    const folders = SPECIAL.map((folder, index) => against(folder, servers[index]?.url ?? ''));
    const summary = await run('http://there-is-no-server.invalid', folders);
    expect(failuresOf(summary)).toEqual([]);
    assertEachWasChecked(summary, SPECIAL);
    for (const { dataDir } of servers)
      expect(await readFile(join(dataDir, 'dump.ndjson'), 'utf8')).not.toContain('must not be stored');
  });

  test('finds fault with every answer of a server that only says 200', async () => {
    const server = createServer((request, response) => {
      request.resume();
      response.setHeader('Content-Type', 'application/json').end('{}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${String(port)}`;
    try {
      // No folder waits for a server of its own here. Whoever expects another status finds fault with 200 for sure.
      const folders = FOLDERS.map(({ name, item }) => ({
        name,
        item: item.filter((each) => IS_LONG || (statusExpectedBy(each) ?? 200) === 200),
      }));
      const executions = executionsOf(await run(url, folders));
      expect(executions.length).toBeGreaterThan(50);
      const approved = executions.filter(({ assertions }) => assertions.every(hasPassed));
      expect(approved.map(({ item }) => item.name)).toEqual([]);
    } finally {
      server.close();
    }
  }, 180_000);

  test('shows every error that a request can provoke, under its code', () => {
    const provokable = Object.keys(ERROR_TABLE).filter((code) => !(code in NOT_IN_THE_COLLECTION));
    const shown = new Set(itemsIn(FOLDERS).flatMap((item) => codeShownBy(item) ?? []));
    expect([...shown].sort()).toEqual(provokable.sort());
  });

  test('asks for everything that /openapi.json describes', () => {
    const asked = new Set(
      itemsIn(FOLDERS).map(({ request: { method, url } }) => `${method} /${url.path.join('/')}`),
    );
    const variables = new Set([...asked].map((each) => each.replaceAll(/\{\{\w+\}\}/g, '{}')));
    const described = OPERATIONS.map(({ method, path }) => `${method} ${path.replaceAll(/\{\w+\}/g, '{}')}`);
    expect(described.filter((each) => !variables.has(each))).toEqual([]);
  });

  test('names each of its requests once within its folder', () => {
    for (const folder of FOLDERS) {
      expect(new Set(namesIn([folder])).size, folder.name).toBe(folder.item.length);
    }
  });
});

// Only the folders that are wanted: each run reads all that it is given.
function run(baseUrl: string, folders: readonly Folder[] = FOLDERS) {
  return new Promise<NewmanRunSummary>((resolve, reject) => {
    newman.run(
      {
        collection: { ...COLLECTION, item: [...folders] },
        environment: ENVIRONMENT,
        envVar: [{ key: 'baseUrl', value: baseUrl }],
      },
      (error, summary) => {
        if (error === null) resolve(summary);
        else reject(error);
      },
    );
  });
}

function settingsOf(folder: string): string {
  return folder.replace('Needs ', '');
}

/** Starts the server that a folder needs; another program has the lock of its dump where that is what is shown. */
async function startFor(settings: string, stack: AsyncDisposableStack): Promise<ServedGatherd> {
  const server = stack.use(await ServedGatherd.start({ env: environmentOf(settings) }));
  if (settings.startsWith(LOCK_SETTING)) {
    const unlock = await lock(join(server.dataDir, 'dump.ndjson'), { realpath: false });
    stack.defer(() => unlock());
  }
  return server;
}

/** A folder that says for itself which server it is for, as a tester does by the environment. */
function against(folder: Folder, url: string): Folder {
  const variables = { baseUrl: url, startedWith: settingsOf(folder.name) };
  const exec = Object.entries(variables).map(
    ([name, value]) => `pm.variables.set(${JSON.stringify(name)}, ${JSON.stringify(value)});`,
  );
  return { ...folder, event: [{ listen: 'prerequest', script: { exec } }, ...(folder.event ?? [])] };
}

/** The status that a request's own script asks for first. */
function statusExpectedBy({ event = [] }: Item): number | undefined {
  const script = event.filter(({ listen }) => listen === 'test').flatMap((each) => each.script.exec);
  const status = /^ {2}pm\.response\.to\.have\.status\((\d+)\);/m.exec(script.join('\n'))?.[1];
  return status === undefined ? undefined : Number(status);
}

function failuresOf(summary: NewmanRunSummary): string[] {
  return summary.run.failures.map(
    ({ source, error }) => `${source?.name ?? ''}: ${error.test}: ${error.message}`,
  );
}

// A request whose answer nobody looks at, or whose error's code is another's, proves nothing.
function assertEachWasChecked(summary: NewmanRunSummary, folders: readonly Folder[]): void {
  expect(requestedItems(summary)).toEqual(namesIn(folders));
  for (const [index, { assertions, response, item }] of executionsOf(summary).entries()) {
    expect(assertions.length, item.name).toBeGreaterThan(0);
    const planned = itemsIn(folders)[index];
    const code = planned === undefined ? undefined : codeShownBy(planned);
    if (code === undefined) {
      expect(response.code, item.name).toBeLessThan(400);
      continue;
    }
    const { status, text } = ERROR_TABLE[code];
    expect(response.code, item.name).toBe(status);
    expect(messageOf(response.text() ?? ''), item.name).toMatch(patternOf(text));
  }
}

function executionsOf(summary: NewmanRunSummary): NewmanRunExecution[] {
  return summary.run.executions;
}

function requestedItems(summary: NewmanRunSummary): string[] {
  return executionsOf(summary).map(({ item }) => item.name);
}

function hasPassed({ error }: { error?: unknown }): boolean {
  return error === undefined;
}

function itemsIn(folders: readonly Folder[]): Item[] {
  return folders.flatMap(({ item }) => item);
}

function namesIn(folders: readonly Folder[]): string[] {
  return itemsIn(folders).map(({ name }) => name);
}

function codeShownBy({ name, request }: Item): ErrorCode | undefined {
  const code = /Error code: `([^`]*)`/.exec(request.description ?? '')?.[1];
  if (code === undefined) return undefined;
  if (isErrorCode(code)) return code;
  throw new Error(`The request "${name}" names an unknown error code: ${code}`);
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_TABLE, code);
}

function messageOf(body: string): string {
  const answer = JSON.parse(body) as { readonly status_message?: string; readonly detail?: string };
  return answer.status_message ?? answer.detail ?? '';
}

function patternOf(text: string): RegExp {
  const escaped = text.replace(/[.*+?^$()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/\{\w+\}/g, '.+')}$`, 'u');
}

function environmentOf(settings: string): Record<string, string> {
  return Object.fromEntries(
    settings.split(' ').map((setting) => {
      const [name = '', value = ''] = setting.split('=');
      return [name, value] as const;
    }),
  );
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(`../../postman/${name}`, import.meta.url));
}

function readCollection(): Collection {
  return JSON.parse(readFileSync(pathOf('gatherd.postman_collection.json'), 'utf8')) as Collection;
}
