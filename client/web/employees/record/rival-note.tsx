import { Alert, Radio, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { FIELD_WORDS, type FieldName } from '../form/employee-texts.js';
import type { RivalChange } from './rival-changes.js';

interface RivalNoteProps {
  readonly rivals: readonly RivalChange[];
  /** What stands in the form now. */
  readonly texts: Readonly<Record<FieldName, string>>;
  /** Fields where nobody has chosen yet. */
  readonly undecided: readonly FieldName[];
  /** Whether it is time to choose. */
  readonly isDue: boolean;
  readonly onChoose: (name: FieldName, text: string) => void;
}

/** Shows what somebody else has made of a record meanwhile, field by field, and lets somebody choose. */
export function RivalNote({ rivals, texts, undecided, isDue, onChoose }: RivalNoteProps) {
  return (
    <Alert
      role="alert"
      variant="default"
      icon={<IconAlertTriangle aria-hidden color="var(--mantine-color-error)" />}
      title="Somebody else has changed this record meanwhile"
    >
      <Stack gap="sm">
        <Text size="sm">
          Nothing of yours is saved yet. The record was read again to compare, which is written to the audit
          log.{' '}
          {rivals.length === 0
            ? 'All fields are as you have read them: save once more.'
            : 'Take theirs or yours in each field, then save once more.'}
        </Text>
        {rivals.map((rival) => (
          <Choice
            key={rival.name}
            rival={rival}
            chosen={undecided.includes(rival.name) ? undefined : texts[rival.name]}
            isDue={isDue}
            onChoose={onChoose}
          />
        ))}
      </Stack>
    </Alert>
  );
}

interface ChoiceProps extends Pick<RivalNoteProps, 'isDue' | 'onChoose'> {
  readonly rival: RivalChange;
  /** Undefined where nobody has chosen. */
  readonly chosen: string | undefined;
}

function Choice({ rival, chosen, isDue, onChoose }: ChoiceProps) {
  const { name, before, theirs, mine, isDisputed } = rival;
  const { label } = FIELD_WORDS[name];
  const isTheirs = chosen === theirs;
  const isMine = chosen === mine && !isTheirs;
  return (
    <Radio.Group
      label={label}
      description={
        <>
          It was <Value text={before} />
        </>
      }
      error={isDue && chosen === undefined ? 'Choose theirs or yours.' : undefined}
      value={isTheirs ? 'theirs' : isMine ? 'mine' : null}
      onChange={(value) => {
        onChoose(name, value === 'theirs' ? theirs : mine);
      }}
    >
      <Stack gap={6} mt={6}>
        <Radio
          value="theirs"
          label={
            <>
              Theirs: <Value text={theirs} />
            </>
          }
        />
        {mine === theirs ? null : (
          <Radio
            value="mine"
            label={
              <>
                {isDisputed ? 'Yours' : 'As it was'}: <Value text={mine} />
              </>
            }
          />
        )}
      </Stack>
    </Radio.Group>
  );
}

function Value({ text }: { readonly text: string }) {
  if (text === '') return 'empty';
  return (
    <Text span inherit fw={600}>
      <bdi>{text}</bdi>
    </Text>
  );
}
