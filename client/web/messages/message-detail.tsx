import { Drawer, Group, Stack, Switch, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { JsonValue } from '../../../protocol/json-value.js';
import { messageText, type StoredRecord } from '../../../protocol/stored-messages.js';
import { CopyTextButton } from '../parts/copy/copy-text-button.js';
import { ErrorNote } from '../parts/error-note.js';
import { LoadingNote } from '../parts/loading-note.js';
import { exactText } from '../parts/text/time-text.js';
import { indentedText } from './indented-text.js';
import classes from './message-detail.module.css';
import type { RecordRow } from './window/row.js';

/** Reads a message by its number. */
export type ReadMessage = (seq: number) => Promise<StoredRecord | null>;

interface MessageDetailProps {
  /** Undefined where none is shown. */
  readonly row: RecordRow | undefined;
  /** Reads a long one again; null where it is not to be had any more. */
  readonly read: ReadMessage;
  readonly onClose: () => void;
}

/** A message with everything that is stored with it. */
export function MessageDetail({ row, read, onClose }: MessageDetailProps) {
  return (
    <Drawer
      opened={row !== undefined}
      onClose={onClose}
      position="right"
      size="lg"
      title={row === undefined ? '' : `Message ${String(row.place)}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {row === undefined ? null : row.whole === undefined ? (
        <LongDetail key={row.place} row={row} read={read} />
      ) : (
        <Detail record={row.whole} />
      )}
    </Drawer>
  );
}

function LongDetail({ row, read }: { readonly row: RecordRow; readonly read: ReadMessage }) {
  const reading = useQuery({
    queryKey: ['message', row.place],
    queryFn: () => read(row.place),
    // A long one is not kept for later, nor read again while it is looked at.
    ...{ gcTime: 0, staleTime: Number.POSITIVE_INFINITY },
  });
  if (reading.data !== undefined && reading.data !== null) return <Detail record={reading.data} />;
  if (reading.data === null) return <Text>This message is not to be had any more.</Text>;
  if (!reading.isError) return <LoadingNote />;
  return <ErrorNote error={reading.error} onRetry={() => void reading.refetch()} />;
}

function Detail({ record }: { readonly record: StoredRecord }) {
  const text = messageText(record.message);
  const indented = useMemo(() => indentedText(record.message), [record]);
  const [isIndented, setIndented] = useState(true);
  return (
    <Stack>
      <Fields record={record} />
      <Group justify="space-between">
        <Text fw={600} size="sm" id="message-text">
          {typeof record.message === 'string' ? 'Message' : 'Message (JSON)'}
        </Text>
        {indented === undefined ? null : (
          <Switch
            label="Indent JSON"
            checked={isIndented}
            onChange={(event) => {
              setIndented(event.currentTarget.checked);
            }}
          />
        )}
      </Group>
      <pre className={classes['text']} tabIndex={0} role="region" aria-labelledby="message-text">
        {isIndented ? (indented ?? text) : text}
      </pre>
      <Group>
        <CopyTextButton label="Copy the message" text={() => text} />
        <CopyTextButton label="Copy the record as JSON" text={() => JSON.stringify(record)} />
      </Group>
    </Stack>
  );
}

const TITLES: Readonly<Record<string, string>> = {
  seq: 'Number',
  at: 'Stored',
  user: 'User',
  endpoint: 'Endpoint',
  topic: 'Topic',
  time: 'Sender’s time',
  producer: 'Producer',
  number: 'Producer’s number',
};

// What a newer server tells besides comes behind what is known, by the names that it has.
function Fields({ record }: { readonly record: StoredRecord }) {
  const { message: _, ...fields } = record;
  const known = Object.keys(TITLES).filter((name) => fields[name] !== undefined);
  const others = Object.keys(fields).filter((name) => !(name in TITLES));
  return (
    <dl className={classes['fields']}>
      {[...known, ...others].map((name) => (
        <div key={name} className={classes['field']}>
          <dt>{TITLES[name] ?? name}</dt>
          <dd>
            <Value name={name} value={fields[name] as JsonValue} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Value({ name, value }: { readonly name: string; readonly value: JsonValue }) {
  const text = messageText(value);
  const moment = new Date(text);
  const isTime = (name === 'at' || name === 'time') && !Number.isNaN(moment.getTime());
  if (!isTime) return <bdi>{text}</bdi>;
  return (
    <>
      {exactText(moment)}
      {name === 'time' ? <div className={classes['asTold']}>{text}</div> : null}
    </>
  );
}
