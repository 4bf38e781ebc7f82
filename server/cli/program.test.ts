import { expect, test } from 'vitest';
import { runGatherd } from '../tests/support/gatherd-process.js';
import { runProgram } from '../tests/support/gatherd-program.js';

test.each(['foo', 'verfiy', '7000x', '-7'])(
  '%s is neither a command nor a port: a usage error',
  async (word) => {
    await expect(runProgram([word])).rejects.toMatchObject({
      code: expect.stringMatching(/^commander\.(?:invalidArgument|unknownOption)$/) as unknown,
      message: expect.stringContaining(word) as unknown,
    });
  },
);

test('a usage error ends with 2, and all that is said of it goes to standard error', async () => {
  const { code, stdout, stderr } = await runGatherd(['foo']);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain('foo');
});

test('a port that there is not is a bad configuration', async () => {
  const { code, stderr } = await runGatherd(['70000']);
  expect(code).toBe(78);
  expect(stderr).toContain('--port');
});
