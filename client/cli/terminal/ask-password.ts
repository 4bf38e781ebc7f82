import { CliError } from '../cli-error.js';
import type { CliIo } from '../cli-io.js';
import { LinePrompt } from './line-prompt.js';

/**
 * Asks for a password on a terminal, without showing it. The question goes to standard error, which leaves standard
 * output to the result. Rejects with exit code 130 on Ctrl+C, and with 77 where no password comes.
 */
export async function askPassword(io: Pick<CliIo, 'stdin' | 'stderr'>, question: string): Promise<string> {
  const [password = ''] = await askHidden(io, [question]);
  return password;
}

/** Asks for a new password, twice, as {@link askPassword} does. Rejects with exit code 1 where the two differ. */
export async function askNewPassword(io: Pick<CliIo, 'stdin' | 'stderr'>, whose: string): Promise<string> {
  const answers = await askHidden(io, [`New password of ${whose}: `, 'The same again: ']);
  return same(answers);
}

/** Asks for the current password and twice for a new one, as {@link askNewPassword} does. */
export async function askPasswordChange(
  io: Pick<CliIo, 'stdin' | 'stderr'>,
  whose: string,
): Promise<{ readonly current: string; readonly next: string }> {
  const questions = [`Current password of ${whose}: `, 'New password: ', 'The same again: '];
  const [current = '', ...answers] = await askHidden(io, questions);
  return { current, next: same(answers) };
}

function same([first = '', second]: readonly string[]): string {
  if (first === second) return first;
  throw new CliError('failed', 'input', 'The two passwords are not the same: nothing was changed');
}

// All through one reader: what is typed ahead is not lost between two questions.
async function askHidden(
  io: Pick<CliIo, 'stdin' | 'stderr'>,
  questions: readonly string[],
): Promise<string[]> {
  const interruption = new AbortController();
  using prompt = new LinePrompt({
    input: io.stdin,
    output: io.stderr,
    onInterrupt: () => {
      interruption.abort();
    },
  });
  const answers: string[] = [];
  for (const question of questions) {
    const answer = await prompt.askHidden(question);
    if (interruption.signal.aborted) throw new CliError('interrupted', 'interrupted', 'Interrupted');
    if (answer === undefined || answer === '') {
      throw new CliError('notPermitted', 'not_authenticated', 'No password was given');
    }
    answers.push(answer);
  }
  return answers;
}
