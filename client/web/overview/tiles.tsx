import { Paper, Progress, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Overview } from '../../../protocol/overview.js';
import { AgoText } from '../parts/text/ago-text.js';
import { bytesText, numberText } from '../parts/words.js';
import classes from './overview-page.module.css';
import { meanOfLast, rateSeries, stepsOf } from './plots/plot-series.js';
import { BYTES_PER_SECOND, MESSAGES_PER_SECOND, valueText } from './plots/plot-words.js';
import { spaceOf } from './space.js';

/** Of how many seconds a rate is the mean, where steps are shorter. */
const RATE_SECONDS = 10;

/** The figures of this moment. */
export function Tiles({ overview }: { readonly overview: Overview }) {
  const { dump, subscriptions, started_at, now } = overview;
  return (
    <dl className={classes['tiles']} aria-label="At this moment">
      <RateTiles overview={overview} />
      <Tile title="Last seq">{numberText(dump.last_seq)}</Tile>
      <Tile title="Dump" note={segmentsText(dump.segments)}>
        {bytesText(dump.bytes)}
      </Tile>
      <SpaceTile dump={dump} />
      <Tile title="Queue" note="for the next commit">
        {bytesText(dump.queued_bytes)}
      </Tile>
      <Tile title="Live feed" note={subscriptions === 1 ? 'connection' : 'connections'}>
        {numberText(subscriptions)}
      </Tile>
      <Tile title="Started">
        <AgoText time={started_at} now={now} />
      </Tile>
    </dl>
  );
}

function RateTiles({ overview }: { readonly overview: Overview }) {
  const { total, step } = overview;
  const steps = stepsOf(overview);
  const [seconds, count] = step < RATE_SECONDS ? [RATE_SECONDS, RATE_SECONDS / step] : [step, 1];
  const note = `mean of ${seconds < 60 ? `${String(seconds)} s` : `${String(seconds / 60)} min`}`;
  const messages = meanOfLast(rateSeries('total', '', total.messages, steps), count);
  const bytes = meanOfLast(rateSeries('total', '', total.bytes, steps), count);
  return (
    <>
      <Tile title="Messages per second" note={note}>
        {valueText(messages, MESSAGES_PER_SECOND)}
      </Tile>
      <Tile title="Bytes per second" note={note}>
        {valueText(bytes, BYTES_PER_SECOND)}
      </Tile>
    </>
  );
}

function SpaceTile({ dump }: Pick<Overview, 'dump'>) {
  const space = spaceOf(dump);
  if (space === undefined) return <Tile title="Free space">not known</Tile>;
  const { free, percentTaken, isLow } = space;
  const note = isLow
    ? 'Little is left: make room'
    : `the dump takes ${percentTaken.toFixed(0)} % of what it can have`;
  return (
    <Tile title="Free space" note={note} isWarning={isLow}>
      {bytesText(free)}
      <Progress
        value={Math.round(percentTaken)}
        color={isLow ? 'red' : 'cyan'}
        size="sm"
        mt={4}
        aria-label={`The dump takes ${percentTaken.toFixed(0)} % of what it can have`}
      />
    </Tile>
  );
}

interface TileProps {
  readonly title: string;
  /** What stands below, small. */
  readonly note?: string;
  readonly isWarning?: boolean;
  readonly children: ReactNode;
}

function Tile({ title, note, isWarning = false, children }: TileProps) {
  return (
    <Paper withBorder px="sm" py="xs" className={classes['tile']}>
      <dt>{title}</dt>
      <dd>
        <div className={classes['figure']}>{children}</div>
        {note === undefined ? null : (
          <Text size="xs" c={isWarning ? 'var(--mantine-color-error)' : 'dimmed'}>
            {note}
          </Text>
        )}
      </dd>
    </Paper>
  );
}

function segmentsText(segments: number): string {
  return segments === 1 ? '1 segment' : `${numberText(segments)} segments`;
}
