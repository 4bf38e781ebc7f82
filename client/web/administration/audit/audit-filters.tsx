import { Button, CloseButton, NativeSelect, TextInput } from '@mantine/core';
import { IconFilterOff } from '@tabler/icons-react';
import { useState } from 'react';
import { auditQuery } from '../../../../protocol/audit.js';
import classes from './audit-filters.module.css';
import { DOOR_CHOICES, GROUPED_ACTIONS } from './audit-words.js';
import { TimeRange } from './time-range.js';
import type { AuditView } from './use-audit-view.js';

const MOST_CHARACTERS = 254;
const { action: actions, outcome: outcomes, door: doors } = auditQuery.shape;

interface AuditFiltersProps {
  readonly view: AuditView;
  readonly onChange: (view: AuditView) => void;
}

/** Which lines are shown. */
export function AuditFilters({ view, onChange }: AuditFiltersProps) {
  const { before: _before, ...filter } = view;
  return (
    <div role="search" aria-label="Filters of the audit log" className={classes['filters']}>
      <Choices view={filter} onChange={onChange} />
      <UserFilter
        user={view.user ?? ''}
        onChange={(user) => {
          onChange({ ...filter, user: user === '' ? undefined : user });
        }}
      />
      <TimeRange
        range={filter}
        onChange={(range) => {
          onChange({ ...filter, ...range });
        }}
      />
      {Object.values(filter).every((value) => value === undefined) ? null : (
        <Button
          variant="default"
          leftSection={<IconFilterOff size={18} aria-hidden />}
          onClick={() => {
            onChange({});
          }}
        >
          All lines
        </Button>
      )}
    </div>
  );
}

const ALL = { value: '', label: 'All' };
const OUTCOME_CHOICES = [
  { value: 'done', label: 'Done' },
  { value: 'refused', label: 'Refused' },
];

function Choices({ view, onChange }: AuditFiltersProps) {
  const { action = '', outcome = '', door = '' } = view;
  return (
    <>
      <NativeSelect
        label="Action"
        className={classes['line'] ?? ''}
        value={action}
        data={[ALL, ...GROUPED_ACTIONS]}
        onChange={({ currentTarget }) => {
          onChange({ ...view, action: actions.safeParse(currentTarget.value).data });
        }}
      />
      <NativeSelect
        label="Outcome"
        value={outcome}
        data={[ALL, ...OUTCOME_CHOICES]}
        onChange={({ currentTarget }) => {
          onChange({ ...view, outcome: outcomes.safeParse(currentTarget.value).data });
        }}
      />
      <NativeSelect
        label="Door"
        value={door}
        data={[ALL, ...DOOR_CHOICES]}
        onChange={({ currentTarget }) => {
          onChange({ ...view, door: doors.safeParse(currentTarget.value).data });
        }}
      />
    </>
  );
}

interface UserFilterProps {
  readonly user: string;
  readonly onChange: (user: string) => void;
}

// A name is looked for when it is complete: parts of one find nothing.
function UserFilter({ user, onChange }: UserFilterProps) {
  const [typed, setTyped] = useState(user);
  const [known, setKnown] = useState(user);
  if (known !== user) {
    setKnown(user);
    setTyped(user);
  }
  const ask = (name: string): void => {
    setTyped(name);
    if (name !== user) onChange(name);
  };
  return (
    <form
      className={classes['line']}
      onSubmit={(event) => {
        event.preventDefault();
        ask(typed.trim());
      }}
    >
      <TextInput
        label="User"
        placeholder="whole name, then Enter"
        maxLength={MOST_CHARACTERS}
        value={typed}
        onChange={({ currentTarget }) => {
          setTyped(currentTarget.value);
        }}
        onBlur={() => {
          ask(typed.trim());
        }}
        rightSection={
          typed === '' ? null : (
            <CloseButton
              aria-label="Clear the user"
              onClick={() => {
                ask('');
              }}
            />
          )
        }
      />
    </form>
  );
}
