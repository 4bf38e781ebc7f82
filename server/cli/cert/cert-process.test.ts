import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, watch, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { openControlServer } from '../../control/control-server.js';
import { controlCommand } from '../../control/control-command.js';
import { claimDataDirectory } from '../../data-directory/claim-data-directory.js';
import { AppError } from '../../errors/app-error.js';
import { GATHERD_MAIN, runGatherd } from '../../tests/support/gatherd-process.js';
import { runProgram } from '../../tests/support/gatherd-program.js';
import { QUIET } from '../../tests/support/segment-files.js';
import { temporaryDirectory } from '../../tests/support/temporary-directory.js';
import { putNewDatabase } from '../../tests/support/new-database.js';
import { authorityFilesIn, issuedIn, loadAuthority, loadRevocations } from './authority-directory.js';
import { haveServerReload } from './have-server-reload.js';
import * as z from 'zod';

test('the commands say what they have done, and how to go on', async () => {
  await using folder = await temporaryDirectory();
  const dataDir = join(folder.path, 'data');
  const words = (...args: string[]) => ['cert', ...args, '--data-dir', dataDir];
  const process = (...args: string[]) => runGatherd(words(...args));
  const cert = (...args: string[]) => runProgram(words(...args));
  const init = await process('init', '--name', 'gather.example', '--name', '10.0.0.1');
  expect(init).toMatchObject({ code: 0, stderr: '' });
  const file = (name: string) => join(dataDir, 'tls', name);
  expect(init.stdout).toContain(
    `gatherd --data-dir ${dataDir} --host 0.0.0.0 --tls-cert ${file('server.crt')} --tls-key ${file('server.key')} --tls-client-ca ${file('ca.crt')}`,
  );
  expect(init.stdout).toContain('for gather.example, 10.0.0.1.');
  expect(init.stdout).toMatch(/SHA-256 fingerprint is (?:[0-9A-F]{2}:){31}[0-9A-F]{2}\n/);
  expect(await process('init')).toMatchObject({ code: 1, stdout: '' });
  const issued = await cert('issue', 'dale', '--out', folder.path);
  expect(issued).toMatchObject({ code: 0, stderr: '' });
  expect(existsSync(join(folder.path, 'dale.key'))).toBe(true);
  expect(await process('issue', '../dale')).toMatchObject({ code: 2 });
  await expect(cert('issue', 'dale', '--days', '0')).rejects.toMatchObject({
    code: 'commander.invalidArgument',
  });
  await expect(cert('revoke', 'nobody')).rejects.toMatchObject({ exitCode: 1 });
  expect((await cert('revoke', 'dale')).stdout).toMatch(
    /of dale is revoked\.\nNo server .* at the next start\.\n/,
  );
  const [one] = JSON.parse((await cert('list', '--json')).stdout) as unknown[];
  expect(one).toMatchObject({ name: 'dale', state: 'revoked' });
});

test('a server that runs is told, and what it says of it is said', async () => {
  await using folder = await temporaryDirectory();
  const dataDir = join(folder.path, 'data');
  const cert = (...args: string[]) => runProgram(['cert', ...args, '--data-dir', dataDir]);
  await runProgram(['cert', 'init', '--data-dir', dataDir]);
  await using directory = await claimDataDirectory(dataDir);
  let told = 0;
  const reload = controlCommand(z.strictObject({}), () => {
    told += 1;
    if (told === 1) return Promise.resolve({ outcome: 'renewed' });
    return Promise.reject(new AppError('config.invalid', { details: { problems: 'the key does not fit' } }));
  });
  await using _server = await openControlServer(directory, { 'tls.reload': reload }, QUIET);
  const taken = await cert('renew');
  expect(taken).toMatchObject({ code: 0, stderr: '' });
  expect(taken.stdout).toContain('The running server has taken it in.');
  const refused = await cert('renew');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('has not taken them in: the key does not fit');
  expect(told).toBe(2);
});

test.each([
  ['certificate', 'unchanged', 'or was started with other files'],
  ['revoked', 'unchanged', 'another client CA or list'],
  ['certificate', 'off', 'speaks no TLS: nobody is shown'],
  ['revoked', 'off', 'refuses nobody'],
] as const)(
  'of what has changed, %s, the answer "%s" is said in words',
  async (changed, outcome, meaning) => {
    await using folder = await temporaryDirectory();
    await using directory = await claimDataDirectory(folder.path);
    const reload = controlCommand(z.strictObject({}), () => Promise.resolve({ outcome }));
    await using _server = await openControlServer(directory, { 'tls.reload': reload }, QUIET);
    const said = await haveServerReload(folder.path, changed, new AbortController().signal);
    expect(said).toEqual({ text: expect.stringContaining(meaning) as string, isAnswered: true });
  },
);

test('a server that takes nothing in is not waited for after SIGTERM, nor for ever', async () => {
  await using folder = await temporaryDirectory();
  const dataDir = join(folder.path, 'data');
  await runProgram(['cert', 'init', '--data-dir', dataDir]);
  await using directory = await claimDataDirectory(dataDir);
  const asked = new EventEmitter();
  const reload = controlCommand(z.strictObject({}), async (_, { signal }) => {
    asked.emit('reload');
    await once(signal, 'abort');
    throw new AppError('feed.closing');
  });
  await using _server = await openControlServer(directory, { 'tls.reload': reload }, QUIET);
  const never = new AbortController().signal;
  const given = await haveServerReload(dataDir, 'certificate', never, 100);
  expect(given).toMatchObject({ isAnswered: false, text: expect.stringContaining('did not say') as string });
  if (process.platform === 'win32') return;
  const child = spawn(process.execPath, [GATHERD_MAIN, 'cert', 'renew', '--data-dir', dataDir]);
  const [, stderr] = await Promise.all([
    once(asked, 'reload').then(() => child.kill('SIGTERM')),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  expect(stderr).toContain('The files are written, but');
  expect(child.exitCode).toBe(1);
});

test('who is issued a certificate before there is an account is told', async () => {
  await using folder = await temporaryDirectory();
  const dataDir = join(folder.path, 'data');
  const cert = (...args: string[]) => runProgram(['cert', ...args, '--data-dir', dataDir]);
  await cert('init');
  expect((await cert('issue', 'dale')).stdout).toContain('has to be older');
  await putNewDatabase(dataDir);
  const again = () => cert('issue', 'dale', '--replace');
  expect((await again()).stdout).toContain('There is no account of this name');
  const password = join(folder.path, 'password');
  await writeFile(password, 'damn fine coffee, hot and black');
  await runProgram(['admin', 'create', 'Dale', '--password-file', password, '--data-dir', dataDir]);
  expect((await again()).stdout).not.toMatch(/has to be older|There is no account/);
});

/** Resolves when there is a new file. */
async function made(path: string): Promise<void> {
  for await (const { filename } of watch(dirname(path))) if (filename === basename(path)) return;
}

test('commands that are killed at any moment leave files that are whole', async () => {
  await using folder = await temporaryDirectory();
  const dataDir = join(folder.path, 'data');
  await runProgram(['cert', 'init', '--data-dir', dataDir]);
  const files = authorityFilesIn(join(dataDir, 'tls'));
  const names = ['a', 'b', 'c', 'd'];
  for (const [index, name] of names.entries()) {
    await runProgram(['cert', 'issue', name, '--data-dir', dataDir]);
    const child = spawn(process.execPath, [GATHERD_MAIN, 'cert', 'revoke', name, '--data-dir', dataDir], {
      stdio: 'ignore',
    });
    // Each one a little later in its work, wherever that is.
    const exited = once(child, 'exit');
    if (index > 0) await Promise.race([made(`${files.crl}.new`), exited]);
    child.kill('SIGKILL');
    await exited;
    const { revoked } = await loadRevocations(files, await loadAuthority(files));
    expect((await issuedIn(files)).issued).toHaveLength(index + 1);
    expect(revoked.length).toBeLessThanOrEqual(index + 1);
  }
  expect(await readFile(files.crl, 'utf8')).toMatch(/-----END X509 CRL-----\n$/);
  const last = await runProgram(['cert', 'revoke', 'a', '--data-dir', dataDir]);
  expect(last).toMatchObject({ code: 0 });
  expect((await loadRevocations(files, await loadAuthority(files))).revoked.length).toBeGreaterThan(0);
});
