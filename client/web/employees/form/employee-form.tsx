import { SimpleGrid, TextInput } from '@mantine/core';
import { type FormErrors, useForm, type UseFormReturnType } from '@mantine/form';
import { type EmployeeColumn, EMPLOYEE_CSV_COLUMNS } from '../../../../protocol/employee-csv.js';
import { GatherError } from '../../../api/gather-error.js';
import { fieldOf } from '../../parts/words.js';
import { type EmployeeTexts, faultsOf, faultText, FIELD_WORDS } from './employee-texts.js';

/** A form with the fields of an employee. */
export type EmployeeForm = UseFormReturnType<EmployeeTexts>;

/** A form that begins with these texts. @param checked - which fields have to be right, by what stands in them */
export function useEmployeeForm(
  initialValues: EmployeeTexts,
  checked: (texts: EmployeeTexts) => readonly EmployeeColumn[],
): EmployeeForm {
  return useForm<EmployeeTexts>({
    mode: 'controlled',
    initialValues,
    validate: (texts): FormErrors => faultsOf(checked(texts), texts),
  });
}

/** What a refusal says of the field that it is about, if it is about one. */
export function refusalsOf(error: unknown): FormErrors {
  if (error instanceof GatherError && error.problem?.code === 'employee.exists')
    return { id: 'This number is taken. Choose another one.' };
  const { field, reason = 'is refused' } = fieldOf(error) ?? {};
  const name = EMPLOYEE_CSV_COLUMNS.find((column) => column === field);
  return name === undefined ? {} : { [name]: faultText(name, reason) };
}

// So that all of a row have a hint, or none has.
const BEGIN_A_ROW: readonly EmployeeColumn[] = ['id', 'first_name', 'ssn', 'salary'];
const ARE_DIGITS: readonly EmployeeColumn[] = ['id', 'ssn', 'salary'];

interface EmployeeInputsProps {
  readonly form: EmployeeForm;
  readonly names: readonly EmployeeColumn[];
  /** Which of them must not be empty. */
  readonly isRequired: boolean;
}

/** The inputs of these fields. */
export function EmployeeInputs({ form, names, isRequired }: EmployeeInputsProps) {
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} maw={640} style={{ alignItems: 'start' }}>
      {names.map((name, at) => (
        <TextInput
          key={name}
          autoFocus={at === 0}
          label={FIELD_WORDS[name].label}
          description={FIELD_WORDS[name].hint}
          aria-required={isRequired}
          withAsterisk={isRequired}
          autoComplete="off"
          inputMode={ARE_DIGITS.includes(name) ? 'numeric' : 'text'}
          {...form.getInputProps(name)}
          data-path={name}
          style={BEGIN_A_ROW.includes(name) ? { gridColumnStart: 1 } : {}}
        />
      ))}
    </SimpleGrid>
  );
}
