import { Button, Group, Popover, Stack, TextInput } from '@mantine/core';
import { IconClock } from '@tabler/icons-react';
import { type SubmitEvent, useState } from 'react';
import { seqPlace, timePlace } from './message-filter.js';
import classes from './messages-page.module.css';
import type { Place } from './window/message-view.js';

interface JumpToProps {
  readonly onJump: (place: Place) => void;
}

/** Asks where to look. */
export function JumpTo({ onJump }: JumpToProps) {
  const [isOpen, setOpen] = useState(false);
  // Whoever has jumped looks at the list from then on.
  const [hasJumped, setHasJumped] = useState(false);
  const jump = (place: Place): void => {
    setOpen(false);
    setHasJumped(true);
    onJump(place);
  };
  return (
    <Popover
      opened={isOpen}
      onChange={setOpen}
      trapFocus
      returnFocus={!hasJumped}
      position="bottom-end"
      width={320}
    >
      <Popover.Target>
        <Button
          variant="default"
          size="xs"
          className={classes['tool'] ?? ''}
          leftSection={<IconClock size={16} aria-hidden />}
          onClick={() => {
            setOpen(!isOpen);
            setHasJumped(false);
          }}
        >
          Jump to
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Jump to">
        <Stack>
          <PlaceForm
            type="datetime-local"
            label="Time"
            button="Go to the time"
            wrong="Enter a date and a time."
            placeOf={timePlace}
            onJump={jump}
          />
          <PlaceForm
            type="text"
            label="Number"
            button="Go to the number"
            wrong="Enter a number from 1."
            placeOf={seqPlace}
            onJump={jump}
          />
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

interface PlaceFormProps extends JumpToProps {
  readonly type: string;
  readonly label: string;
  readonly button: string;
  readonly wrong: string;
  readonly placeOf: (text: string) => Place | undefined;
}

function PlaceForm({ type, label, button, wrong, placeOf, onJump }: PlaceFormProps) {
  const [text, setText] = useState('');
  const [isWrong, setWrong] = useState(false);
  const go = (event: SubmitEvent): void => {
    event.preventDefault();
    const place = placeOf(text.trim());
    setWrong(place === undefined);
    if (place !== undefined) onJump(place);
  };
  return (
    <form onSubmit={go} noValidate>
      <Group align="flex-start" gap="xs" wrap="nowrap">
        <TextInput
          type={type}
          step={1}
          inputMode={type === 'text' ? 'numeric' : undefined}
          label={label}
          size="xs"
          flex={1}
          miw={0}
          value={text}
          error={isWrong ? wrong : undefined}
          onChange={(event) => {
            setText(event.currentTarget.value);
          }}
        />
        <Button
          type="submit"
          size="xs"
          variant="default"
          aria-label={button}
          className={classes['besideField']}
        >
          Go
        </Button>
      </Group>
    </form>
  );
}
