import { CloseButton, TextInput, type TextInputProps } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';

const SEARCH_AFTER_MS = 300;

interface SearchFieldProps extends Pick<TextInputProps, 'description' | 'placeholder' | 'maxLength' | 'w'> {
  /** What is searched for. */
  readonly text: string;
  /** Whether it costs nothing to search at each key. */
  readonly isAtOnce?: boolean;
  /** Called when nothing more was typed for a moment. */
  readonly onSearch: (text: string) => void;
}

/** Where somebody types what is looked for. */
export function SearchField({ text, isAtOnce = false, onSearch, ...props }: SearchFieldProps) {
  const [typed, setTyped] = useState(text);
  const [before, setBefore] = useState(text);
  const searchSoon = useDebouncedCallback(onSearch, SEARCH_AFTER_MS);
  // The address has changed by another way: back, for example.
  if (text !== before) {
    setBefore(text);
    if (text !== typed.trim()) setTyped(text);
  }
  const change = (value: string): void => {
    setTyped(value);
    (isAtOnce ? onSearch : searchSoon)(value.trim());
  };
  return (
    <TextInput
      type="search"
      label="Search"
      {...props}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={
        typed === '' ? null : (
          <CloseButton
            aria-label="Clear this field"
            onClick={() => {
              change('');
            }}
          />
        )
      }
      value={typed}
      onChange={(event) => {
        change(event.currentTarget.value);
      }}
    />
  );
}
