import { SimpleGrid, TextInput } from '@mantine/core';
import type { GetInputPropsReturnType } from '@mantine/form';

interface NameFieldsProps {
  /** `form.getInputProps` of a form with these among its values. */
  readonly inputProps: (name: 'username' | 'email') => GetInputPropsReturnType;
  /** Whether it is the account of whoever fills it in: then the browser may help. */
  readonly isOwn?: boolean;
}

/** By what one logs in, within the form of the caller. */
export function NameFields({ inputProps, isOwn = false }: NameFieldsProps) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
      <TextInput
        label="User name"
        autoComplete={isOwn ? 'username' : 'off'}
        autoCapitalize="none"
        spellCheck={false}
        {...inputProps('username')}
      />
      <TextInput
        label="E-mail address"
        type="email"
        autoComplete={isOwn ? 'email' : 'off'}
        {...inputProps('email')}
      />
    </SimpleGrid>
  );
}
