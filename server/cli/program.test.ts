import { expect, test } from 'vitest';
import { runGatherd } from '../tests/support/gatherd-process.js';

test.each(['foo', 'verfiy', '7000x', '-7'])(
  '%s is neither a command nor a port: a usage error',
  async (word) => {
    const { code, stdout, stderr } = await runGatherd([word]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(word);
  },
);

test('a port that there is not is a bad configuration', async () => {
  const { code, stderr } = await runGatherd(['70000']);
  expect(code).toBe(78);
  expect(stderr).toContain('--port');
});
