import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../../tests/support/temporary-directory.js';
import { nodeFileSystem } from '../file-system.js';
import { keepTornTail } from './torn-tail.js';

test('What is cut off is kept once, however often the cut is tried, and another one beside it', async () => {
  await using directory = await temporaryDirectory();
  const keep = (torn: string) =>
    keepTornTail(join(directory.path, 'dump'), 7, Buffer.from(torn), nodeFileSystem);
  const first = await keep('torn');
  expect(await keep('torn')).toBe(first);
  expect(await keep('other')).toBe(`${first}-2`);
  expect(await keep('other')).toBe(`${first}-2`);
  expect(await readdir(directory.path)).toHaveLength(2);
});
