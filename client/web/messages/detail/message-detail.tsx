import { Button, Drawer, Group, Stack, Switch, Text, VisuallyHidden } from '@mantine/core';
import { IconChevronDown, IconChevronUp, IconFilter } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { JsonValue } from '../../../../protocol/json-value.js';
import { messageText, type StoredRecord } from '../../../../protocol/stored-messages.js';
import { useStore } from '../../app/console-context.js';
import { CopyTextButton } from '../../parts/copy/copy-text-button.js';
import { ErrorNote } from '../../parts/error-note.js';
import { LoadingNote } from '../../parts/loading-note.js';
import { exactText } from '../../parts/text/time-text.js';
import { indexAt, neighboursOf } from '../grid/row-places.js';
import { indentedText } from './indented-text.js';
import classes from './message-detail.module.css';
import { type MessageFilter, withRecord } from '../message-filter.js';
import type { MessageView } from '../window/message-view.js';
import type { RecordRow } from '../window/row.js';

/** Reads a message by its number. */
export type ReadMessage = (seq: number) => Promise<StoredRecord | null>;

interface MessageDetailProps {
  /** Undefined where none is shown. */
  readonly seq: number | undefined;
  readonly view: MessageView;
  /** Reads one again that the list does not hold as a whole; null where it is not to be had. */
  readonly read: ReadMessage;
  readonly onShow: (seq: number) => void;
  readonly onClose: () => void;
  /** Shows nothing but the messages that fit this too. */
  readonly onNarrow: (filter: MessageFilter, seq: number) => void;
  /** What is shown already. */
  readonly filter: MessageFilter;
  /** Whether messages of others can be asked for. */
  readonly hasUsers: boolean;
}

/** A message with everything that is stored with it. */
export function MessageDetail(props: MessageDetailProps) {
  const { seq, onClose } = props;
  return (
    <Drawer
      opened={seq !== undefined}
      onClose={onClose}
      position="right"
      size="lg"
      title={seq === undefined ? '' : `Message ${String(seq)}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {seq === undefined ? null : (
        <Stack>
          <Steps {...props} seq={seq} />
          <Shown key={seq} {...props} seq={seq} />
        </Stack>
      )}
    </Drawer>
  );
}

type ShownProps = MessageDetailProps & { readonly seq: number };

function Steps({ seq, view, onShow }: ShownProps) {
  const { rows } = useStore(view.state).window;
  const [before, behind] = neighboursOf(rows, seq);
  const step = (row: RecordRow | undefined) => ({
    // It keeps the focus where there is nothing further.
    ...(row === undefined ? { 'data-disabled': true, 'aria-disabled': true } : {}),
    onClick: () => {
      view.scrollAway();
      if (row !== undefined) onShow(row.place);
    },
  });
  const look = { variant: 'default', size: 'xs' } as const;
  return (
    <Group gap="xs">
      <Button {...look} leftSection={<IconChevronUp size={16} aria-hidden />} {...step(before)}>
        Previous
      </Button>
      <Button {...look} leftSection={<IconChevronDown size={16} aria-hidden />} {...step(behind)}>
        Next
      </Button>
      <VisuallyHidden role="status">Message {seq}</VisuallyHidden>
    </Group>
  );
}

function Shown(props: ShownProps) {
  const { seq, view, read } = props;
  // It stays when the list goes on without it.
  const [row] = useState(() => heldAt(view, seq));
  const reading = useQuery({
    queryKey: ['message', seq],
    queryFn: () => read(seq),
    enabled: row?.whole === undefined,
    // A long one is not kept for later, nor read again while it is looked at.
    ...{ gcTime: 0, staleTime: Number.POSITIVE_INFINITY },
  });
  const record = row?.whole ?? reading.data;
  if (record === null)
    return <Text>There is no such message to be had, or it does not fit the filters.</Text>;
  if (record !== undefined)
    return (
      <>
        <Narrowing {...props} record={record} />
        <Detail record={record} />
      </>
    );
  if (!reading.isError) return <LoadingNote />;
  return <ErrorNote error={reading.error} onRetry={() => void reading.refetch()} />;
}

function heldAt(view: MessageView, seq: number): RecordRow | undefined {
  const { rows } = view.state.get().window;
  const row = rows[indexAt(rows, seq)];
  return row?.kind === 'record' && row.place === seq ? row : undefined;
}

function Narrowing({ record, filter, hasUsers, onNarrow }: ShownProps & { readonly record: StoredRecord }) {
  const { seq, user, topic } = record;
  const narrowTo = (label: string, part: MessageFilter) => (
    <Button
      variant="default"
      size="xs"
      leftSection={<IconFilter size={16} aria-hidden />}
      onClick={() => {
        onNarrow({ ...filter, ...part }, seq);
      }}
    >
      {label}
    </Button>
  );
  return (
    <Group gap="xs">
      {hasUsers && filter.user !== user ? narrowTo('Only this user', { user }) : null}
      {topic !== undefined && filter.topic !== topic ? narrowTo('Only this topic', { topic }) : null}
    </Group>
  );
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
        <CopyTextButton label="Copy a link to it" text={() => linkTo(record.seq)} />
      </Group>
    </Stack>
  );
}

// Whoever gets it may look at other messages.
function linkTo(seq: number): string {
  const { origin, pathname } = window.location;
  return `${origin}${pathname}?${withRecord(new URLSearchParams(), seq).toString()}`;
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
