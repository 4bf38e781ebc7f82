import { Button, CloseButton, Group, NativeSelect, TextInput } from '@mantine/core';
import { IconFilterOff } from '@tabler/icons-react';
import { useState } from 'react';
import { auditQuery } from '../../../../protocol/audit.js';
import { GROUPED_ACTIONS } from './audit-words.js';
import type { AuditView } from './use-audit-view.js';

const MOST_CHARACTERS = 254;
const { action: actions, outcome: outcomes } = auditQuery.shape;

interface AuditFiltersProps {
  readonly view: AuditView;
  readonly onChange: (view: AuditView) => void;
}

/** Which lines are shown. */
export function AuditFilters({ view, onChange }: AuditFiltersProps) {
  const { before: _before, ...filter } = view;
  return (
    <Group align="flex-end" role="search" aria-label="Filters of the audit log">
      <NativeSelect
        label="Action"
        value={view.action ?? ''}
        data={[{ value: '', label: 'All' }, ...GROUPED_ACTIONS]}
        onChange={({ currentTarget }) => {
          onChange({ ...filter, action: actions.safeParse(currentTarget.value).data });
        }}
      />
      <NativeSelect
        label="Outcome"
        value={view.outcome ?? ''}
        data={[
          { value: '', label: 'All' },
          { value: 'done', label: 'Done' },
          { value: 'refused', label: 'Refused' },
        ]}
        onChange={({ currentTarget }) => {
          onChange({ ...filter, outcome: outcomes.safeParse(currentTarget.value).data });
        }}
      />
      <UserFilter
        user={view.user ?? ''}
        onChange={(user) => {
          onChange({ ...filter, user: user === '' ? undefined : user });
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
    </Group>
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
