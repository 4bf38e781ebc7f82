import { CliError } from '../cli-error.js';
import type { CliIo } from '../cli-io.js';
import { LinePrompt } from './line-prompt.js';

/**
 * Asks for a password on a terminal, without showing it. The question goes to standard error, which leaves standard
 * output to the result. Rejects with exit code 130 on Ctrl+C, and with 77 where no password comes.
 */
export async function askPassword(io: Pick<CliIo, 'stdin' | 'stderr'>, question: string): Promise<string> {
  const interruption = new AbortController();
  using prompt = new LinePrompt({
    input: io.stdin,
    output: io.stderr,
    onInterrupt: () => {
      interruption.abort();
    },
  });
  const password = await prompt.askHidden(question);
  if (interruption.signal.aborted) throw new CliError('interrupted', 'interrupted', 'Interrupted');
  if (password === undefined || password === '') {
    throw new CliError('notPermitted', 'not_authenticated', 'No password was given');
  }
  return password;
}
