import { useForm, type FormErrors, type UseFormReturnType } from '@mantine/form';
import { useLayoutEffect, useRef } from 'react';

interface EditFormOptions<Values> {
  /** Of the form, among those of the page. */
  readonly name: string;
  /** What is edited, as it is now. */
  readonly base: Values;
  readonly validate?: (values: Values) => FormErrors;
}

/** A form of what is there already and may change while somebody edits it: what nobody has edited follows it. */
export function useEditForm<Values extends object>({
  name,
  base,
  validate = () => ({}),
}: EditFormOptions<Values>): UseFormReturnType<Values> {
  const form = useForm<Values>({ name, initialValues: base, validate });
  const followed = useRef(base);
  useLayoutEffect(() => {
    follow(form, followed.current, base);
    followed.current = base;
  });
  return form;
}

/** Has all fields that are as they were before become as they are now; what was typed since stays. */
export function follow<Values extends object>(
  form: UseFormReturnType<Values>,
  before: Values,
  now: Values,
): void {
  const typed = form.getValues();
  const followed = fieldsOf(now).filter((name) => isSame(typed[name], before[name]));
  if (followed.every((name) => isSame(typed[name], now[name]))) return;
  const { errors } = form;
  const changed: Partial<Values> = {};
  for (const name of followed) changed[name] = now[name];
  form.setValues(changed);
  form.setErrors(errors);
}

function fieldsOf<Values extends object>(values: Values): readonly (keyof Values)[] {
  return Object.keys(values) as (keyof Values)[];
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
