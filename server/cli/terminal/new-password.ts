import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';
import { HiddenLines, type Terminal } from './hidden-lines.js';

/**
 * Asks for a new password: on a terminal twice, without showing it; from a pipe it is the first line.
 *
 * @throws CliError where none is given, or the two differ
 */
export async function askNewPassword(terminal: Terminal, name: string): Promise<string> {
  using lines = new HiddenLines(terminal);
  const password = await lines.ask(`New password of ${name}: `);
  if (password === undefined || password === '')
    throw new CliError(EXIT.notPermitted, 'No password was given');
  if (!terminal.isTerminal) return password;
  if ((await lines.ask('The same again: ')) !== password)
    throw new CliError(EXIT.failed, 'The two passwords differ: nothing was done');
  return password;
}
