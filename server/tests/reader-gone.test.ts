import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { GATHERD_MAIN } from './support/gatherd-process.js';

test.each([[['config']], [['cert', '--help']]])(
  'a command whose output nobody reads any more ends as it would have: %j',
  async (args) => {
    const child = spawn(process.execPath, [GATHERD_MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    const [said, [exitCode]] = await Promise.all([
      text(child.stderr),
      once(child, 'close') as Promise<[number]>,
    ]);
    expect([exitCode, said]).toEqual([0, '']);
  },
);
