import { memo } from 'react';
import { TimeText } from '../../parts/text/time-text.js';
import { numberText } from '../../parts/words.js';
import type { RecordRow, Row } from '../window/row.js';
import classes from './message-grid.module.css';

interface MessageRowProps {
  readonly row: Row;
  /** From 0. */
  readonly index: number;
  /** Pixels from the top, and its height. */
  readonly start: number;
  readonly height: number;
  readonly isActive: boolean;
  readonly onOpen: (row: Row) => void;
}

/** The id of a row's element. */
export function rowId({ place }: Row): string {
  return `message-${String(place)}`;
}

/** A line of the list. */
export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { row, index, start, height, isActive, onOpen } = props;
  const kind = row.kind === 'gap' ? classes['gap'] : classes['line'];
  return (
    <div
      role="row"
      id={rowId(row)}
      // Behind the titles.
      aria-rowindex={index + 2}
      aria-selected={isActive}
      className={`${String(classes['row'])} ${String(kind)} ${isActive ? String(classes['active']) : ''}`}
      style={{ height, transform: `translateY(${String(start)}px)` }}
      onClick={() => {
        onOpen(row);
      }}
    >
      {row.kind === 'gap' ? <GapCell after={row.after} before={row.before} /> : <Cells row={row} />}
    </div>
  );
});

function Cells({ row: { place, at, user, topic, preview } }: { readonly row: RecordRow }) {
  return (
    <>
      <div role="gridcell" className={cell('number')}>
        {place}
      </div>
      <div role="gridcell" className={cell('time')}>
        <TimeText time={at} />
      </div>
      <div role="gridcell" className={cell('user')}>
        <bdi>{user}</bdi>
      </div>
      <div role="gridcell" className={cell('topic')}>
        {topic}
      </div>
      <div role="gridcell" className={cell('message')}>
        <bdi>{preview}</bdi>
      </div>
    </>
  );
}

function GapCell({ after, before }: { readonly after: number; readonly before: number }) {
  return (
    <div role="gridcell" aria-colspan={5} className={classes['cell']}>
      What was between {numberText(after)} and {numberText(before)} is not to be had any more.
    </div>
  );
}

function cell(name: string): string {
  return `${String(classes['cell'])} ${String(classes[name])}`;
}
