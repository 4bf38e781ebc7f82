import type { UseFormReturnType } from '@mantine/form';
import type { FormErrors } from '@mantine/form';
import { type AccountChanges, accountChanges, type AccountView } from '../../../../protocol/accounts.js';
import { rulesOf } from '../forms/form-rules.js';
import { follow, useEditForm } from '../forms/use-edit-form.js';
import { type Submission, useSubmission } from '../forms/use-submission.js';
import { profileChangesOf, profileValuesOf, type ProfileValues } from './profile-values.js';

/** What a form about an account holds, whichever of its fields are shown. */
export interface AccountValues extends ProfileValues {
  readonly username: string;
  readonly email: string;
}

interface AccountFormOptions {
  /** Of the form, among those of the page. */
  readonly name: string;
  readonly account: AccountView;
  readonly change: (changes: AccountChanges) => Promise<AccountView>;
}

/** A form that changes an account. */
export interface AccountForm {
  readonly form: UseFormReturnType<AccountValues>;
  readonly submission: Submission<AccountView>;
  readonly isChanged: boolean;
}

/** Makes such a form, for one's own account or somebody else's. */
export function useAccountForm({ name, account, change }: AccountFormOptions): AccountForm {
  const base = valuesOf(account);
  const form = useEditForm({ name, base, validate: (values) => errorsOf(base, values) });
  const submission = useSubmission(form, {
    send: (values) => change(changesOf(base, values)),
    onDone: (saved, sent) => {
      follow(form, sent, valuesOf(saved));
    },
  });
  return { form, submission, isChanged: Object.keys(changesOf(base, form.values)).length > 0 };
}

function valuesOf(account: AccountView): AccountValues {
  return { ...profileValuesOf(account), username: account.username, email: account.email };
}

// What did not change is not sent: what is damaged stays as it is, and what others change meanwhile too.
function changesOf(before: AccountValues, now: AccountValues): AccountChanges {
  return {
    ...profileChangesOf(before, now),
    ...(now.username.trim() === before.username ? {} : { username: now.username.trim() }),
    ...(now.email.trim() === before.email ? {} : { email: now.email }),
  };
}

function errorsOf(before: AccountValues, values: AccountValues): FormErrors {
  const errors = rulesOf<AccountValues>(accountChanges, (now) => changesOf(before, now))(values);
  const isTakenAway = values.email.trim() === '' && before.email !== '';
  return isTakenAway ? { ...errors, email: 'It can be changed, but not taken away.' } : errors;
}
