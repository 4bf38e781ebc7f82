import { Button, Group, TextInput } from '@mantine/core';
import { type SubmitEvent, useState } from 'react';
import { filterProblems, type FilterProblems, type MessageFilter } from './message-filter.js';
import classes from './messages-page.module.css';

interface FilterBarProps {
  /** What the address says, right or wrong. */
  readonly filter: MessageFilter;
  /** Whether messages of others can be asked for. */
  readonly hasUsers: boolean;
  /** Whether it is in sight where there is little room. */
  readonly isUnfolded: boolean;
  readonly onChange: (filter: MessageFilter) => void;
}

interface FilterToggleProps extends Pick<FilterBarProps, 'filter' | 'isUnfolded'> {
  readonly setUnfolded: (isUnfolded: boolean) => void;
}

/** Shows and hides the filters where there is little room. */
export function FilterToggle({ filter, isUnfolded, setUnfolded }: FilterToggleProps) {
  return (
    <Button
      hiddenFrom="sm"
      size="xs"
      variant={isFiltering(filter) ? 'light' : 'default'}
      className={classes['tool'] ?? ''}
      aria-expanded={isUnfolded}
      aria-label={isFiltering(filter) ? 'Filters (in force)' : 'Filters'}
      onClick={() => {
        setUnfolded(!isUnfolded);
      }}
    >
      Filters
    </Button>
  );
}

function isFiltering(filter: MessageFilter): boolean {
  return Object.values(filter).some((value) => value !== undefined);
}

type Name = keyof MessageFilter;

/** Which messages are shown. */
export function FilterBar({ filter, hasUsers, isUnfolded, onChange }: FilterBarProps) {
  const [typed, setTyped] = useState<MessageFilter>(filter);
  const [lookedAt, setLookedAt] = useState(filter);
  const [shown, setShown] = useState(filter);
  const wrong = filterProblems(lookedAt, typed);
  // The address has changed: the way back, for example.
  if (JSON.stringify(shown) !== JSON.stringify(filter)) {
    setShown(filter);
    setTyped(filter);
    setLookedAt(filter);
  }
  const isFiltered = isFiltering(filter);
  const apply = (event: SubmitEvent): void => {
    event.preventDefault();
    setLookedAt(typed);
    if (Object.keys(filterProblems(typed, typed)).length === 0) onChange(typed);
  };
  return (
    <form
      onSubmit={apply}
      aria-label="Filters"
      className={classes['filters']}
      data-folded={!isUnfolded || undefined}
    >
      <Fields {...{ typed, wrong, hasUsers }} onTyped={setTyped} />
      <Group gap="xs" wrap="nowrap" className={classes['filterButtons']}>
        <Button type="submit" size="xs" variant="default">
          Filter
        </Button>
        {isFiltered ? (
          <Button
            size="xs"
            variant="subtle"
            onClick={() => {
              setTyped({});
              onChange({});
            }}
          >
            Clear
          </Button>
        ) : null}
      </Group>
    </form>
  );
}

interface FieldsProps extends Pick<FilterBarProps, 'hasUsers'> {
  readonly typed: MessageFilter;
  readonly wrong: FilterProblems;
  readonly onTyped: (typed: MessageFilter) => void;
}

const LABELS = { user: 'User', topic: 'Topic', contains: 'Text in the message' } as const;

function Fields({ typed, wrong, hasUsers, onTyped }: FieldsProps) {
  const names = (Object.keys(LABELS) as Name[]).filter((name) => hasUsers || name !== 'user');
  return names.map((name) => (
    <TextInput
      key={name}
      className={classes['filter']}
      label={LABELS[name]}
      size="xs"
      value={typed[name] ?? ''}
      error={wrong[name]}
      onChange={(event) => {
        onTyped({ ...typed, [name]: event.currentTarget.value });
      }}
    />
  ));
}
