import { execFile } from 'node:child_process';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TIMES } from '../tests/support/test-authority.js';
import { TlsIdentityRig } from '../tests/support/tls-identity-rig.js';
import { until } from '../tests/support/until.js';
import { TlsFiles, type Disk } from './tls-files.js';

const NOT_IN_ORDER = 'The certificate files are not in order: what was read before stays in use.';
const RENEWED = 'The certificate files have changed: new connections get what they say.';

let rig: TlsIdentityRig;

beforeEach(async () => {
  rig = await TlsIdentityRig.make();
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

/** Puts a text in place of a file, as one change. */
async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

/** The disk, where no file can be opened as long as it is wished. */
class FailingDisk implements Disk {
  isFailing = false;
  reads = 0;
  readonly stat = stat;

  async readFile(path: string, encoding: 'utf8'): Promise<string> {
    this.reads += 1;
    if (this.isFailing) throw Object.assign(new Error('too many'), { code: 'EMFILE' });
    return readFile(path, encoding);
  }
}

test('files that could not be read for a while are read afterwards, though they are the same', async () => {
  const disk = new FailingDisk();
  await rig.read(10, { files: new TlsFiles(disk) });
  const port = await rig.listen('mutual');
  const { certPem: cert, keyPem: key, serialNumber } = await rig.authority.clientPair('leo');
  disk.isFailing = true;
  await replace(rig.files.crl, await rig.authority.crl([serialNumber]));
  await until('it is tried', () => rig.logged(NOT_IN_ORDER) > 0);
  const { reads } = disk;
  await until('it is tried again and again', () => disk.reads > reads + 10);
  expect(rig.log.map(({ err }) => (err as Error).message)).toEqual([
    `GATHERD_TLS_CLIENT_CA: ${rig.files.ca} cannot be read (EMFILE): too many`,
    `GATHERD_TLS_CERT: ${rig.files.serverCert} cannot be read (EMFILE): too many`,
  ]);
  expect(await rig.hear(port, { cert, key })).toBe('welcome leo\n');
  disk.isFailing = false;
  await until('it is read', () => rig.logged(RENEWED) === 1);
  expect(await rig.hear(port, { cert, key })).toContain('it was revoked');
});

test('a certificate that is not good yet is taken when it is', async () => {
  let now = Date.now();
  await rig.read(10, { now: () => now });
  const { certPem, keyPem } = await rig.authority.serverPair(TIMES.notYet());
  await replace(rig.files.serverKey, keyPem);
  await replace(rig.files.serverCert, certPem);
  await until('it is seen', () =>
    rig.log.some(({ err }) => (err as Error | undefined)?.message.includes('is not valid before')),
  );
  expect(rig.logged(RENEWED)).toBe(0);
  now += 1.5 * 24 * 60 * 60 * 1000;
  await until('it is taken', () => rig.logged(RENEWED) === 1);
});

test('a reload that is asked for says again what is not in order', async () => {
  await rig.read();
  await rm(rig.files.serverCert);
  for (const times of [1, 2]) {
    await expect(rig.identity.reload()).rejects.toThrow('ENOENT');
    expect(rig.logged(NOT_IN_ORDER)).toBe(times);
  }
});

test('a pipe in place of a file is not waited for', async () => {
  await rig.read();
  await rm(rig.files.crl);
  await promisify(execFile)('mkfifo', [rig.files.crl]);
  await expect(rig.identity.reload()).rejects.toThrow(
    `GATHERD_TLS_CLIENT_CRL: ${rig.files.crl} cannot be read (not a file)`,
  );
  // The rest is read.
  await rig.renew();
  expect(await rig.identity.reload()).toBe('renewed');
});

test('a disk that does not answer is waited for so long and no longer, and not asked again meanwhile', async () => {
  const file = { setting: 'GATHERD_TLS_CERT', path: rig.files.serverCert };
  const waiting: (() => void)[] = [];
  const readSlowly: Disk['readFile'] = async (path, encoding) => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    return readFile(path, encoding);
  };
  const files = new TlsFiles({ stat, readFile: readSlowly }, 50);
  const silent = `GATHERD_TLS_CERT: ${file.path} cannot be read (ETIMEDOUT)`;
  await expect(files.read(file)).rejects.toThrow(silent);
  await expect(files.read(file)).rejects.toThrow(silent);
  expect(await files.stateOf([file.path])).toBe('ETIMEDOUT');
  expect(waiting).toHaveLength(1);
  waiting[0]?.();
  await until('it has answered', async () => (await files.stateOf([file.path])) !== 'ETIMEDOUT');
  const reading = files.read(file);
  await until('it is asked again', () => waiting.length === 2);
  waiting[1]?.();
  expect(await reading).toContain('BEGIN CERTIFICATE');
});

test('a disk that does not answer does not keep gatherd from ending', async () => {
  const never = new Promise<never>(() => undefined);
  let isSilent = false;
  const disk: Disk = { stat, readFile: (path, encoding) => (isSilent ? never : readFile(path, encoding)) };
  // Not in the time of any test.
  await rig.read(undefined, { files: new TlsFiles(disk, 2 ** 30) });
  isSilent = true;
  void rig.identity.reload();
  await rig.identity[Symbol.asyncDispose]();
});
