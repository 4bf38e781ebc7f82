import { useState } from 'react';
import { employeeChanges, type EmployeeView } from '../../../../protocol/employees.js';
import type { Tagged } from '../../../api/accounts/json-requests.js';
import { BROWSER_SESSION } from '../../../api/credential.js';
import type { EmployeesApi } from '../../../api/employees/employees-api.js';
import { GatherError } from '../../../api/gather-error.js';
import { useConsole } from '../../app/console-context.js';
import { useSubmission } from '../../parts/forms/use-submission.js';
import { useEmployeesChanged } from '../employee-queries.js';
import { type EmployeeForm, refusalsOf } from '../form/employee-form.js';
import {
  changedFields,
  type EmployeeTexts,
  type FieldName,
  textsOf,
  valuesOf,
} from '../form/employee-texts.js';
import { rebase, type RivalChange } from './rival-changes.js';

type Outcome =
  | { readonly kind: 'saved' }
  | { readonly kind: 'deleted' }
  /** Somebody else was quicker. */
  | { readonly kind: 'changed'; readonly now: Tagged<EmployeeView> };

interface SavingOptions {
  readonly id: number;
  readonly form: EmployeeForm;
  /** The version that the form is about. */
  readonly base: Tagged<EmployeeView>;
  /** Another one, which somebody else has made, with what was typed put onto it. */
  readonly onRebased: (
    base: Tagged<EmployeeView>,
    texts: EmployeeTexts,
    rivals: readonly RivalChange[],
  ) => void;
  readonly onSaved: () => void;
}

/** Saves what was typed, of the version that it was typed about. */
export function useSaving({ id, form, base, onRebased, onSaved }: SavingOptions) {
  const { server } = useConsole();
  const haveChanged = useEmployeesChanged();
  const [isDeleted, setDeleted] = useState(false);
  const submission = useSubmission(form, {
    send: (texts: EmployeeTexts) => save(server.employees, id, base, texts),
    onDone: (outcome, texts) => {
      haveChanged();
      setDeleted(outcome.kind === 'deleted');
      if (outcome.kind === 'saved') onSaved();
      if (outcome.kind !== 'changed') return;
      const rebased = rebase(textsOf(base.answer), texts, textsOf(outcome.now.answer));
      onRebased(outcome.now, rebased.texts, rebased.rivals);
    },
    errorsOf: refusalsOf,
  });
  return { ...submission, isDeleted };
}

async function save(
  api: EmployeesApi,
  id: number,
  base: Tagged<EmployeeView>,
  texts: EmployeeTexts,
): Promise<Outcome> {
  const names: readonly FieldName[] = changedFields(textsOf(base.answer), texts);
  if (names.length === 0) return { kind: 'saved' };
  try {
    return await changeOrRead(api, id, valuesOf(names, texts), base.etag);
  } catch (error) {
    if (codeOf(error) === 'employee.unknown') return { kind: 'deleted' };
    throw error;
  }
}

async function changeOrRead(api: EmployeesApi, id: number, changes: object, etag: string): Promise<Outcome> {
  try {
    await api.change(BROWSER_SESSION, id, employeeChanges.parse(changes), etag);
    return { kind: 'saved' };
  } catch (error) {
    if (codeOf(error) !== 'employee.changed_meanwhile') throw error;
    return { kind: 'changed', now: await api.get(BROWSER_SESSION, id) };
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof GatherError ? error.problem?.code : undefined;
}
