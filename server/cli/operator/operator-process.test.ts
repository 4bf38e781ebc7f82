import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { GatherdProcess, runGatherd } from '../../tests/support/gatherd-process.js';

test('a command reaches a running server, and goes on by itself when that was killed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gatherd-operator-process-'));
  try {
    const dataDir = join(folder, 'data');
    const file = join(folder, 'password');
    await writeFile(file, 'a harbour of seven ships\n', { mode: 0o600 });
    const create = (name: string) =>
      runGatherd(['admin', 'create', name, '--password-file', file, '--data-dir', dataDir]);
    await (async () => {
      await using server = await GatherdProcess.start({ dataDir });
      if (process.platform !== 'win32')
        expect((await stat(join(dataDir, 'control.sock'))).mode & 0o777).toBe(0o600);
      expect(await create('dale')).toMatchObject({ code: 0, stderr: '' });
      expect(await create('dale')).toMatchObject({ code: 1, stderr: 'gatherd: Username already exists\n' });
      await server.stop('SIGKILL');
    })();
    expect(await create('alice')).toMatchObject({ code: 0, stderr: '' });
    expect((await runGatherd(['doctor', '--data-dir', dataDir])).stdout).toContain('there are 2');
    await using again = await GatherdProcess.start({ dataDir });
    expect(await create('bob')).toMatchObject({ code: 0 });
    expect(await again.stop()).toBe(0);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
