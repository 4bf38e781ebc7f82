import { CliError, usageError } from '../cli-error.js';
import type { CliIo } from '../cli-io.js';
import { LinePrompt } from './line-prompt.js';

/** What is to be agreed to. */
export interface Confirmation {
  /** What will happen, as a sentence without its end. */
  readonly what: string;
  /** What has to be typed to agree; `y` where it is left out. */
  readonly word?: string;
  /** Whether `--yes` was given. */
  readonly isAgreed: boolean;
}

/**
 * Lets somebody on a terminal agree to what cannot be undone. The question goes to standard error. Rejects with exit code
 * 2 where there is no terminal and no `--yes`, with 1 where the answer is no, and with 130 on Ctrl+C.
 */
export async function confirm(
  io: Pick<CliIo, 'stdin' | 'stderr'>,
  { what, word, isAgreed }: Confirmation,
): Promise<void> {
  if (isAgreed) return;
  if (io.stdin.isTTY !== true) throw usageError(`${what}: give --yes to agree`);
  const answer = await ask(io, `${what}. ${word === undefined ? 'Go on? [y/N]' : `Type ${word} to agree:`} `);
  const isYes = word === undefined ? /^(?:y|yes)$/i.test(answer) : answer === word;
  if (!isYes) throw new CliError('failed', 'input', 'Nothing was done');
}

async function ask(io: Pick<CliIo, 'stdin' | 'stderr'>, question: string): Promise<string> {
  const interruption = new AbortController();
  using prompt = new LinePrompt({
    input: io.stdin,
    output: io.stderr,
    onInterrupt: () => {
      interruption.abort();
    },
  });
  const answer = await prompt.ask(question);
  if (interruption.signal.aborted) throw new CliError('interrupted', 'interrupted', 'Interrupted');
  return answer?.trim() ?? '';
}
