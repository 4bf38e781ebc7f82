import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { QUIET } from '../../tests/support/segment-files.js';
import { temporaryDirectory } from '../../tests/support/temporary-directory.js';
import { nodeFileSystem } from '../file-system.js';
import { ndjsonFormat } from '../format/ndjson-format.js';
import { DumpFile } from './dump-file.js';
import type { LiveSegment } from './live-segment.js';

const NO_LIVE: LiveSegment = {
  load: () => Promise.resolve({ first: 0, firstAt: 0 }),
  lastClosed: () => Promise.resolve(0),
  appended: () => undefined,
  closed: () => Promise.resolve(),
  moved: () => Promise.resolve(),
  keep: () => Promise.resolve(),
};

test('A file is not closed while its last number cannot be kept beside it', async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'dump.ndjson');
  const fileSystem = {
    ...nodeFileSystem,
    open: (each: string) =>
      each.endsWith('.last-seq') ? Promise.reject(new Error('EIO')) : nodeFileSystem.open(each),
  };
  const recoveryWindow = 4096;
  const file = new DumpFile({
    path,
    format: ndjsonFormat,
    fileSystem,
    recoveryWindow,
    live: NO_LIVE,
    logger: QUIET,
  });
  await file.reconcile();
  await file.append(Buffer.from('{}\n'), 1, 0, () => true);
  await expect(file.rotate(() => [join(directory.path, 'closed')])).rejects.toThrow();
  expect(await readdir(directory.path)).toEqual(['dump.ndjson']);
  await file.close();
});
