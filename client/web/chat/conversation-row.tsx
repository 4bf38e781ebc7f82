import { Button, Text } from '@mantine/core';
import { memo, useState } from 'react';
import { messageText } from '../../../protocol/stored-messages.js';
import { TimeText } from '../parts/text/time-text.js';
import { LOCALE } from '../parts/locale.js';
import { bytesText } from '../parts/words.js';
import classes from './conversation.module.css';
import {
  type ChatLine,
  type ComingLine,
  isOfSameDay,
  type MessageLine,
  numberOf,
} from './model/chat-line.js';
import { SHOWN_CHARACTERS } from './model/line-height.js';

const DAY = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'full' });

interface ConversationRowProps {
  readonly line: ChatLine;
  /** The line above it; undefined where it is the first one. */
  readonly before: ChatLine | undefined;
}

/** A line of the chat, with its day above it where that is another than that of the line before. */
export const ConversationRow = memo(function ConversationRow({ line, before }: ConversationRowProps) {
  const isFirst = before === undefined || !isOfSameDay(before, line);
  return (
    <>
      {isFirst ? <div className={classes['day']}>{dayOf(line)}</div> : null}
      <LineText line={line} />
    </>
  );
});

function dayOf({ at }: ChatLine): string {
  const moment = new Date(at);
  return Number.isNaN(moment.getTime()) ? '' : DAY.format(moment);
}

function LineText({ line }: { readonly line: ChatLine }) {
  switch (line.kind) {
    case 'message':
      return <Message line={line} />;
    case 'warning':
      return (
        <Text size="sm" fw={600} className={classes['aside'] ?? ''}>
          {line.text}
        </Text>
      );
    default:
      return <Coming line={line} />;
  }
}

function Coming({ line: { kind, at, connection } }: { readonly line: ComingLine }) {
  return (
    <Text size="xs" c="dimmed" className={classes['aside'] ?? ''}>
      <TimeText time={at} isShort /> <bdi>{connection.user}</bdi> {kind === 'join' ? 'has come' : 'has gone'}
    </Text>
  );
}

function Message({ line: { message, isOwn } }: { readonly line: MessageLine }) {
  return (
    <div className={classes['message']} data-is-own={isOwn}>
      <Text span size="xs" c="dimmed" className={classes['time'] ?? ''}>
        <TimeText time={message.at} isShort />
      </Text>
      <span className={classes['who']}>
        <bdi>{message.user}</bdi>
        {isOwn ? <span className={classes['you']}> (you)</span> : null}
      </span>
      <div className={classes['text']}>
        <MessageText text={messageText(message.message)} />
        {numberOf(message) === undefined ? <span className={classes['you']}> (not recorded)</span> : null}
      </div>
    </div>
  );
}

function MessageText({ text }: { readonly text: string }) {
  const [isWhole, setWhole] = useState(false);
  if (isWhole || text.length <= SHOWN_CHARACTERS) return <bdi>{text}</bdi>;
  return (
    <>
      <bdi>{text.slice(0, SHOWN_CHARACTERS)}</bdi> …{' '}
      <Button
        size="compact-xs"
        variant="default"
        onClick={() => {
          setWhole(true);
        }}
      >
        Show all of it ({bytesText(text.length)})
      </Button>
    </>
  );
}
