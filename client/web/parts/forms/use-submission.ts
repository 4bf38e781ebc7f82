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
  /** What a refusal says of the fields, where it is said in other words than everywhere. */
  readonly errorsOf?: (error: unknown) => FormErrors;
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

/**
 * Sends a form, as every form of the console is sent: what is wrong with a field is shown at it, and the first such field
 * gets the focus. What was typed stays.
 */
export function useSubmission<Values extends object, Answer>(
  form: SentForm<Values>,
  {
    send,
    onDone,
    names,
    errorsOf = (error) => fieldErrorsOf(error, names),
  }: SubmissionOptions<Values, Answer>,
): Submission<Answer> {
  const focusFirst = (errors: FormErrors): void => {
    controlIn(firstOf(Object.keys(errors).map((name) => form.getInputNode(name))))?.focus();
  };
  const shownErrors = (error: unknown): FormErrors =>
    Object.fromEntries(Object.entries(errorsOf(error)).filter(([name]) => name in form.values));
  const sending = useMutation({
    mutationFn: send,
    // What was typed is nobody's any more once the form is gone: it may hold a password.
    gcTime: 0,
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

// Of a group of them that is the first one.
function controlIn(node: HTMLElement | undefined): HTMLElement | null | undefined {
  const controls = 'input, textarea, select, button';
  return node?.matches(controls) === true ? node : node?.querySelector<HTMLElement>(controls);
}

// As the page has them, whatever the order of the rules.
function firstOf(nodes: readonly (HTMLElement | null)[]): HTMLElement | undefined {
  const [first, ...others] = nodes.filter((node) => node !== null);
  return others.reduce(
    (before, node) =>
      before !== undefined && (node.compareDocumentPosition(before) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0
        ? node
        : before,
    first,
  );
}
