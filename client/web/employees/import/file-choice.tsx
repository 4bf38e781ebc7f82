import { Button, FileButton, Group, Paper, Stack, Text, Textarea } from '@mantine/core';
import { IconUpload } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import classes from './file-choice.module.css';

const PASTED = 'What was pasted';
const COLUMNS = 'id,first_name,last_name,ssn,date_of_birth,salary';

interface FileChoiceProps {
  readonly isReading: boolean;
  readonly onChoose: (file: File) => void;
  /** What was pasted or typed. */
  readonly text: string;
  readonly onText: (text: string) => void;
}

/** Where somebody chooses a file, drops one, or pastes its text. */
export function FileChoice(props: FileChoiceProps) {
  const { isReading, onChoose } = props;
  const [isOver, setOver] = useState(false);
  // The same file can be chosen again after it was mended.
  const forget = useRef<() => void>(null);
  return (
    <Paper
      withBorder
      p="md"
      className={`${classes['zone'] ?? ''} ${isOver ? (classes['over'] ?? '') : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => {
        setOver(false);
      }}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const [file] = event.dataTransfer.files;
        // As the buttons, which are off then: of two files that are read at once the slower would be shown.
        if (file !== undefined && !isReading) onChoose(file);
      }}
    >
      <Stack>
        <Group>
          <FileButton
            accept=".csv,text/csv"
            resetRef={forget}
            onChange={(file) => {
              if (file !== null) onChoose(file);
              forget.current?.();
            }}
          >
            {(button) => (
              <Button {...button} loading={isReading} leftSection={<IconUpload size={16} aria-hidden />}>
                Choose a CSV file
              </Button>
            )}
          </FileButton>
          <Text size="sm" c="dimmed">
            or drop it here
          </Text>
        </Group>
        <Pasting {...props} />
      </Stack>
    </Paper>
  );
}

function Pasting({ isReading, onChoose, text, onText }: FileChoiceProps) {
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== '') onChoose(new File([text], PASTED));
      }}
    >
      <Stack gap="xs" align="flex-start">
        <Textarea
          w="100%"
          label="Or paste it"
          description={`The first line names the columns: ${COLUMNS}`}
          autosize
          minRows={4}
          maxRows={12}
          spellCheck={false}
          value={text}
          onChange={(event) => {
            onText(event.currentTarget.value);
          }}
        />
        <Button type="submit" variant="default" disabled={text.trim() === ''} loading={isReading}>
          Preview
        </Button>
      </Stack>
    </form>
  );
}
