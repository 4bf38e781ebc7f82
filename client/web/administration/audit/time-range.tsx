import { Button, Group, Popover, Stack, TextInput } from '@mantine/core';
import { IconClock } from '@tabler/icons-react';
import { type RefObject, type SubmitEvent, useRef, useState } from 'react';
import { momentIn } from '../../../../protocol/moment.js';
import { localText, timeTyped } from '../../parts/forms/local-time.js';
import { rangeText } from '../../parts/text/time-text.js';
import classes from './audit-filters.module.css';
import type { AuditView } from './use-audit-view.js';

type Range = Pick<AuditView, 'since' | 'until'>;

interface TimeRangeProps {
  readonly range: Range;
  readonly onChange: (range: Range) => void;
}

/** Asks between which times, and says what was asked. */
export function TimeRange({ range, onChange }: TimeRangeProps) {
  const [isOpen, setOpen] = useState(false);
  const { since, until } = range;
  return (
    <Popover opened={isOpen} onChange={setOpen} trapFocus returnFocus position="bottom-start" width={300}>
      <Popover.Target>
        <Button
          variant="default"
          className={classes['range'] ?? ''}
          leftSection={<IconClock size={18} aria-hidden />}
          onClick={() => {
            setOpen(!isOpen);
          }}
        >
          {rangeText(momentOf(since), momentOf(until)) ?? 'Any time'}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Time">
        <RangeForm
          range={range}
          onChange={(asked) => {
            setOpen(false);
            onChange(asked);
          }}
        />
      </Popover.Dropdown>
    </Popover>
  );
}

interface Problems {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

function RangeForm({ range, onChange }: TimeRangeProps) {
  const since = useRef<HTMLInputElement>(null);
  const until = useRef<HTMLInputElement>(null);
  const [wrong, setWrong] = useState<Problems>({});
  const ask = (event: SubmitEvent): void => {
    event.preventDefault();
    const asked = { since: timeAsked(since, range.since), until: timeAsked(until, range.until) };
    const problems = problemsOf(asked);
    setWrong(problems);
    if (problems.since === undefined && problems.until === undefined) onChange(asked);
  };
  return (
    <form onSubmit={ask} noValidate>
      <Stack>
        <TimeField label="Since" field={since} time={range.since} wrong={wrong.since} />
        <TimeField label="Until" field={until} time={range.until} wrong={wrong.until} />
        <Group>
          <Button type="submit" size="xs">
            Show
          </Button>
          {range.since === undefined && range.until === undefined ? null : (
            <Button
              variant="default"
              size="xs"
              onClick={() => {
                onChange({ since: undefined, until: undefined });
              }}
            >
              Any time
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}

interface TimeFieldProps {
  readonly label: string;
  readonly field: RefObject<HTMLInputElement | null>;
  readonly time: string | undefined;
  readonly wrong: string | undefined;
}

// With seconds, and years of four digits.
function TimeField({ label, field, time, wrong }: TimeFieldProps) {
  return (
    <TextInput
      type="datetime-local"
      step={1}
      max="9999-12-31T23:59:59"
      ref={field}
      label={label}
      size="xs"
      defaultValue={time === undefined ? '' : localText(momentOf(time))}
      error={wrong}
    />
  );
}

/** What a field asks for; `wrong` where somebody has not told a whole time. What was not changed keeps all its digits. */
function timeAsked(
  { current: field }: RefObject<HTMLInputElement | null>,
  before: string | undefined,
): string | undefined {
  if (field === null || field.validity.badInput) return 'wrong';
  if (field.value === '') return undefined;
  const time = timeTyped(field.value);
  if (time === Math.trunc(momentOf(before))) return before;
  return time === undefined ? 'wrong' : new Date(time).toISOString();
}

function problemsOf({ since, until }: Range): Problems {
  const isBackwards = momentOf(until) <= momentOf(since);
  return {
    since: unreadable(since),
    until: unreadable(until) ?? (isBackwards ? 'It has to be later than the other.' : undefined),
  };
}

function unreadable(time: string | undefined): string | undefined {
  return time === undefined || momentIn(time) !== undefined
    ? undefined
    : 'Enter a date and a time, or nothing.';
}

// Not a number where there is none.
function momentOf(time: string | undefined): number {
  return momentIn(time ?? '') ?? Number.NaN;
}
