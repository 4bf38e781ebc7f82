import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runGatherd } from './support/gatherd-process.js';
import { runProgram } from './support/gatherd-program.js';
import { temporaryDirectory } from './support/temporary-directory.js';

test('every wrong setting is named at once, the server does not start, and nothing is made', async () => {
  await using directory = await temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  const { code, stdout, stderr } = await runGatherd(
    ['--port', 'seven', '--data-dir', dataDir, '--token-ttl', '0'],
    {
      GATHERD_DUMP_FORMAT: 'xml',
      GATHERD_MAX_BODY_BYTES: 'much',
      GATHERD_TRUST_PROXY: 'everybody',
      GATHERD_PEPPER: 'short and secret',
      GATHERD_PEPPER_FILE: '',
      GATHERD_ENROLLMENT: '',
    },
  );
  expect(code).toBe(78);
  expect(stdout).toBe('');
  const named = [
    '--port',
    '--token-ttl',
    'GATHERD_DUMP_FORMAT',
    'GATHERD_MAX_BODY_BYTES',
    'GATHERD_TRUST_PROXY',
    'GATHERD_ENROLLMENT',
  ];
  for (const name of named) expect(stderr).toContain(name);
  expect(await readdir(directory.path)).toEqual([]);
});

test('a secret that is refused is not shown', async () => {
  const { code, stderr } = await runGatherd(['--port', '0'], { GATHERD_PEPPER: 'hunter2' });
  expect(code).toBe(78);
  expect(stderr).toContain('GATHERD_PEPPER');
  expect(stderr).not.toContain('hunter2');
});

test.each(['0.0.0.0', '::', '192.0.2.1'])(
  '%s without TLS is refused unless it is said out loud',
  async (host) => {
    await using directory = await temporaryDirectory();
    const args = ['--port', '0', '--host', host, '--data-dir', join(directory.path, 'data')];
    await expect(runProgram(args)).rejects.toMatchObject({
      code: 'config.invalid',
      message: expect.stringContaining('--insecure-http') as unknown,
    });
    expect(await readdir(directory.path)).toEqual([]);
  },
);

test('limits that contradict each other are refused', async () => {
  const env = { GATHERD_MAX_MESSAGE_BYTES: '2MiB', GATHERD_MAX_QUEUE_BYTES: '512KiB' };
  await expect(runProgram(['--port', '0'], env)).rejects.toMatchObject({
    code: 'config.invalid',
    message: expect.stringMatching(/GATHERD_MAX_MESSAGE_BYTES[^]*GATHERD_MAX_BODY_BYTES/) as unknown,
  });
});

test('an option that does not exist is a usage error', async () => {
  expect(await runGatherd(['--prot', '6174'])).toMatchObject({ code: 2, stdout: '' });
});
