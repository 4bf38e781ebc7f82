import type { FormErrors } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import type { SyntheticEvent } from 'react';
import { fieldErrorsOf } from './form-rules.js';

/** As much of Mantine's form as is needed to send it. */
interface SentForm<Values> {
  readonly values: Values;
  readonly setErrors: (errors: FormErrors) => void;
  readonly getInputNode: (name: string) => HTMLElement | null;
  readonly onSubmit: (
    handle: (values: Values) => void,
    handleInvalid: (errors: FormErrors) => void,
  ) => (event?: SyntheticEvent<HTMLFormElement>) => void;
}

interface SubmissionOptions<Values, Answer> {
  readonly send: (values: Values) => Promise<Answer>;
  readonly onDone?: (answer: Answer, values: Values) => void;
  /** What the form calls a field that the server calls otherwise. */
  readonly names?: Readonly<Record<string, string>>;
}

/** A form that is sent. */
export interface Submission<Answer> {
  /** For the form's `onSubmit`. */
  readonly submit: (event?: SyntheticEvent<HTMLFormElement>) => void;
  readonly isPending: boolean;
  readonly isDone: boolean;
  /** The refusal that no field shows; for the note beside the button. */
  readonly error: unknown;
  readonly answer: Answer | undefined;
}

/** Sends a form: what is wrong with a field is shown at it, and the first such field gets the focus. What was typed stays. */
export function useSubmission<Values extends object, Answer>(
  form: SentForm<Values>,
  { send, onDone, names }: SubmissionOptions<Values, Answer>,
): Submission<Answer> {
  const focusFirst = (errors: FormErrors): void => {
    const first = Object.keys(errors)[0];
    if (first !== undefined) form.getInputNode(first)?.focus();
  };
  const shownErrors = (error: unknown): FormErrors => {
    const errors = Object.entries(fieldErrorsOf(error, names));
    return Object.fromEntries(errors.filter(([name]) => name in form.values));
  };
  const sending = useMutation({
    mutationFn: send,
    onSuccess: (answer, values) => {
      onDone?.(answer, values);
    },
    onError: (error) => {
      const errors = shownErrors(error);
      form.setErrors(errors);
      focusFirst(errors);
    },
  });
  return {
    submit: form.onSubmit((values) => {
      if (!sending.isPending) sending.mutate(values);
    }, focusFirst),
    isPending: sending.isPending,
    isDone: sending.isSuccess,
    error: Object.keys(shownErrors(sending.error)).length === 0 ? sending.error : null,
    answer: sending.data,
  };
}
