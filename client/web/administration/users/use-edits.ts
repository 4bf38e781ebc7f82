import type { FormErrors } from '@mantine/form';
import { useState } from 'react';

/** A form over values that can change while it is filled in: what nobody has edited follows them. */
export interface Edits<Values> {
  /** What is shown. */
  readonly values: Values;
  readonly errors: FormErrors;
  readonly isChanged: boolean;
  readonly set: <Name extends keyof Values>(name: Name, value: Values[Name]) => void;
  /** Value, error and what takes a change, for the control of a text. */
  readonly textProps: (name: keyof Values & string) => TextProps;
  readonly setErrors: (errors: FormErrors) => void;
  /** Nothing is edited any more: it is saved. */
  readonly settle: () => void;
}

interface TextProps {
  readonly value: string;
  readonly error: FormErrors[string];
  readonly onChange: (event: { readonly currentTarget: { readonly value: string } }) => void;
}

/** Makes such a form. @param base - the values as they are without edits */
export function useEdits<Values extends object>(base: Values): Edits<Values> {
  const [edits, setEdits] = useState<Partial<Values>>({});
  const [errors, setErrors] = useState<FormErrors>({});
  const values = { ...base, ...edits };
  const set: Edits<Values>['set'] = (name, value) => {
    setEdits((before) => ({ ...before, [name]: value }));
    setErrors((before) => Object.fromEntries(Object.entries(before).filter(([field]) => field !== name)));
  };
  return {
    values,
    errors,
    isChanged: JSON.stringify(values) !== JSON.stringify(base),
    set,
    textProps: (name) => ({
      value: String(values[name]),
      error: errors[name],
      onChange: ({ currentTarget }) => {
        set(name, currentTarget.value as Values[typeof name]);
      },
    }),
    setErrors,
    settle: () => {
      setEdits({});
    },
  };
}
