import { printable } from '../../../protocol/line-safe.js';
import { withCertificateHint } from '../../api/requests/certificate-hint.js';
import { GatherError } from '../../api/gather-error.js';
import type { LinePrompt } from '../terminal/line-prompt.js';

// The numbers are the original's: scripts count on them.
const MENU = `
  1  Login
  2  Add a user
  3  Update a password
  4  Delete a user
  5  Exit`;

const EXIT = '5';

interface Choice {
  readonly verb: string;
  /** The question for the password; undefined where none is needed. */
  readonly password?: string;
}

const CHOICES: Readonly<Record<string, Choice>> = {
  1: { verb: 'LOGIN', password: 'Password: ' },
  2: { verb: 'ADD', password: 'Password: ' },
  3: { verb: 'UPDATE', password: 'New password: ' },
  4: { verb: 'DELETE' },
};

export interface CredentialsMenuOptions {
  readonly prompt: LinePrompt;
  readonly say: (text: string) => void;
  /** Makes one request, the lines of which are given. Rejects with a GatherError. */
  readonly request: (lines: readonly string[]) => Promise<string>;
}

/** Runs the menu of contract 4's client until its user leaves or the input ends. What goes wrong with a request is shown. */
export async function runCredentialsMenu(options: CredentialsMenuOptions): Promise<void> {
  const { prompt, say } = options;
  for (;;) {
    say(MENU);
    const answer = (await prompt.ask('Your choice: '))?.trim();
    if (answer === undefined || answer === EXIT) return;
    const choice = CHOICES[answer];
    if (choice === undefined) say('Please choose a number from 1 to 5.');
    else if (!(await perform(options, choice))) return;
  }
}

// False where the input has ended.
async function perform({ prompt, say, request }: CredentialsMenuOptions, choice: Choice): Promise<boolean> {
  const user = await prompt.ask('User name: ');
  if (user === undefined) return false;
  const lines = [choice.verb, user];
  if (choice.password !== undefined) {
    const password = await prompt.askHidden(choice.password);
    if (password === undefined) return false;
    lines.push(password);
  }
  try {
    say(printable(withCertificateHint((await request(lines)).replace(/\r?\n$/, ''))));
  } catch (error) {
    if (!(error instanceof GatherError)) throw error;
    say(error.message);
  }
  return true;
}
