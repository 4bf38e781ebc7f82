import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { LinePrompt } from './line-prompt.js';

const CUT = '\u0015';
const YANK = '\u0019';
const YANK_ANOTHER = '\u001by';

test('what was cut out of an answer is not brought back into the next one, typed ahead or not', async () => {
  const input = Object.assign(new PassThrough(), { isTTY: true });
  const output = new PassThrough();
  using prompt = new LinePrompt({ input, output, onInterrupt: () => undefined });
  const hidden = prompt.askHidden('SSN: ');
  input.write(`111${CUT}012345678${CUT}987\r${YANK}ahead\r`);
  expect(await hidden).toBe('987');
  expect(await prompt.ask('Name: ')).toBe('ahead');
  const next = prompt.ask('Salary: ');
  input.write(`${YANK}${YANK_ANOTHER}5\r`);
  expect(await next).toBe('5');
  expect(String(output.read())).not.toMatch(/012345678|111/);
});
