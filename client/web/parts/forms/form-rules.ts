import type { FormErrors } from '@mantine/form';
import type * as z from 'zod';
import { GatherError } from '../../../api/gather-error.js';
import { fieldOf, sentence, wordsOf } from '../words.js';

/**
 * The validation of a form by the schema of what it sends.
 *
 * @param bodyOf - what would be sent with such values; its fields have the names of the form's
 */
export function rulesOf<Values>(
  schema: z.ZodType,
  bodyOf: (values: Values) => unknown,
): (values: Values) => FormErrors {
  return (values) => {
    const issues = schema.safeParse(bodyOf(values)).error?.issues ?? [];
    // Of several that are about one field the first is shown.
    return Object.fromEntries(
      issues.toReversed().map(({ path, message }) => [String(path[0] ?? ''), sentence(message)]),
    );
  };
}

/** Refusals that are about a field without naming it, by their codes. */
const FIELDS: Readonly<Record<string, string>> = {
  'account.name_taken': 'username',
  'account.email_taken': 'email',
  'password.too_short': 'password',
  'password.too_common': 'password',
  'password.unchanged': 'password',
  'account.current_password_wrong': 'current_password',
  'account.invite_invalid': 'invite',
  'token.name_taken': 'name',
};

/**
 * What the server says of the fields of a form, for `form.setErrors`; empty where its refusal is about none.
 *
 * @param names - what the form calls a field that the server calls otherwise
 */
export function fieldErrorsOf(error: unknown, names: Readonly<Record<string, string>> = {}): FormErrors {
  const { field, reason } = fieldOf(error) ?? fieldOfCode(error) ?? {};
  if (field === undefined || reason === undefined) return {};
  return { [names[field] ?? field]: sentence(reason) };
}

function fieldOfCode(error: unknown): { readonly field: string; readonly reason: string } | undefined {
  if (!(error instanceof GatherError)) return undefined;
  const field = FIELDS[error.problem?.code ?? ''];
  return field === undefined ? undefined : { field, reason: wordsOf(error) };
}
