import { CloseButton, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { useSearchParams } from 'wouter';

const SEARCH_AFTER_MS = 350;
const MOST_CHARACTERS = 201;

/** What is searched for: it stands in the address. */
export function useSearchText(): readonly [string, (text: string) => void] {
  const [params, setParams] = useSearchParams();
  const search = (text: string): void => {
    setParams(text === '' ? {} : { search: text }, { replace: true });
  };
  return [params.get('search') ?? '', search];
}

interface SearchFieldProps {
  readonly text: string;
  /** Called when nothing more was typed for a moment. */
  readonly onSearch: (text: string) => void;
}

/** Where somebody types who is looked for. */
export function SearchField({ text, onSearch }: SearchFieldProps) {
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
    searchSoon(value.trim());
  };
  return (
    <TextInput
      type="search"
      label="Search"
      description="A part of first and last name, or a number"
      w={{ base: '100%', sm: 380 }}
      maxLength={MOST_CHARACTERS}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={
        typed === '' ? null : (
          <CloseButton
            aria-label="Clear the search"
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
