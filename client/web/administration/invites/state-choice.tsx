import { SegmentedControl } from '@mantine/core';

const STATES = [
  { value: 'all', label: 'All' },
  { value: 'open', label: 'Open' },
  { value: 'used', label: 'Used' },
  { value: 'expired', label: 'Expired' },
] as const;

/** Which invites are shown. */
export type InviteState = (typeof STATES)[number]['value'];

interface StateChoiceProps {
  readonly state: InviteState;
  readonly onChange: (state: InviteState) => void;
}

/** Chooses which invites are shown. */
export function StateChoice({ state, onChange }: StateChoiceProps) {
  return (
    <SegmentedControl
      aria-label="Which invites"
      data={[...STATES]}
      value={state}
      onChange={onChange}
      style={{ alignSelf: 'flex-start' }}
    />
  );
}
