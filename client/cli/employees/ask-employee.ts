import { printable } from '../../../protocol/line-safe.js';
import {
  employeeChanges,
  type EmployeeChanges,
  employeeCreation,
  type EmployeeCreation,
  type EmployeeView,
} from '../../../protocol/employees.js';
import { readField } from '../../formats/employee-value.js';
import { CliError } from '../cli-error.js';
import type { CliIo } from '../cli-io.js';
import { LinePrompt } from '../terminal/line-prompt.js';
import {
  CHANGEABLE_FIELDS,
  EMPLOYEE_FIELDS,
  type EmployeeField,
  type EmployeeValues,
} from './employee-fields.js';
import { currentValue, draftText } from './employee-text.js';

/** Whom questions are put to. */
export interface Asking {
  readonly prompt: LinePrompt;
  readonly say: (text: string) => void;
}

/** The end of the input, at whatever question. */
export class EndOfInput extends Error {}

/**
 * Puts questions to somebody on a terminal, on standard error. Rejects with exit code 130 on Ctrl+C, and with 1 where the
 * input ends.
 */
export async function atTerminal<Outcome>(
  io: Pick<CliIo, 'stdin' | 'stderr'>,
  action: (asking: Asking) => Promise<Outcome>,
): Promise<Outcome> {
  const interruption = new AbortController();
  using prompt = new LinePrompt({
    input: io.stdin,
    output: io.stderr,
    onInterrupt: () => {
      interruption.abort();
    },
  });
  try {
    return await action({ prompt, say: (text) => io.stderr.write(`${text}\n`) });
  } catch (error) {
    if (!(error instanceof EndOfInput)) throw error;
    if (interruption.signal.aborted) throw new CliError('interrupted', 'interrupted', 'Interrupted');
    throw nothingSent();
  }
}

/** The failure where somebody does not agree. */
export function nothingSent(): CliError {
  return new CliError('failed', 'input', 'Nothing was sent');
}

/** Asks for a line. Rejects with {@link EndOfInput}. */
export async function askLine({ prompt }: Asking, question: string): Promise<string> {
  const line = await prompt.ask(question);
  if (line === undefined) throw new EndOfInput();
  return line.trim();
}

/** Asks for a line that is not shown. Rejects with {@link EndOfInput}. */
export async function askHiddenLine({ prompt }: Asking, question: string): Promise<string> {
  const line = await prompt.askHidden(question);
  if (line === undefined) throw new EndOfInput();
  return line;
}

/** Asks whether something is so; anything but a yes is a no. Rejects with {@link EndOfInput}. */
export async function agree(asking: Asking, question: string): Promise<boolean> {
  return /^(?:y|yes)$/i.test(await askLine(asking, `${question} [y/N] `));
}

/** Asks for a value until it is one, and says why another is none. Rejects with {@link EndOfInput}. */
export async function askField(asking: Asking, field: EmployeeField): Promise<string | number> {
  for (;;) {
    const value = valueIn(asking, field, await askText(asking, field, `${nameOf(field)}: `));
    if (value !== undefined) return value;
  }
}

/** Asks for what is missing of an employee. Rejects with {@link EndOfInput}. */
export async function askEmployee(asking: Asking, given: EmployeeValues): Promise<EmployeeCreation> {
  const values: Record<string, string | number> = {};
  for (const field of EMPLOYEE_FIELDS) {
    values[field.name] = given[field.name] ?? (await askField(asking, field));
  }
  return employeeCreation.parse(values);
}

/**
 * Asks for what is to be changed; an empty line keeps what there is. Rejects with {@link EndOfInput}.
 *
 * @param before - as it is now; undefined where that may not be read
 */
export async function askChanges(asking: Asking, before: EmployeeView | undefined): Promise<EmployeeChanges> {
  asking.say('An empty line keeps what there is.');
  const values: Record<string, string | number> = {};
  for (const field of CHANGEABLE_FIELDS) {
    const value = await askChange(asking, field, before);
    if (value !== undefined) values[field.name] = value;
  }
  return employeeChanges.parse(values);
}

/** Shows the whole of what is about to be sent, and lets somebody agree. Rejects with {@link EndOfInput}. */
export function agreeToSend(asking: Asking, values: EmployeeValues, question: string): Promise<boolean> {
  asking.say(draftText(values));
  return agree(asking, question);
}

// Undefined where it stays as it is.
async function askChange(
  asking: Asking,
  field: EmployeeField,
  before: EmployeeView | undefined,
): Promise<string | number | undefined> {
  const current = before === undefined ? '' : ` [${printable(currentValue(before, field.name))}]`;
  for (;;) {
    const text = await askText(asking, field, `${nameOf(field)}${current}: `);
    if (text === '') return undefined;
    const value = valueIn(asking, field, text);
    if (value !== undefined) return value;
  }
}

function nameOf({ label, form }: EmployeeField): string {
  return form === '' ? label : `${label} (${form})`;
}

async function askText(asking: Asking, { isHidden }: EmployeeField, question: string): Promise<string> {
  const text = isHidden ? await askHiddenLine(asking, question) : await askLine(asking, question);
  return text.trim();
}

// Undefined, with the reason said, where it is no value.
function valueIn({ say }: Asking, field: EmployeeField, text: string): string | number | undefined {
  const reading = readField(field, text);
  if ('value' in reading) return reading.value;
  say(`${field.label} ${reading.reason}.`);
  return undefined;
}
