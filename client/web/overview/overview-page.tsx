import { Group, SegmentedControl, Text } from '@mantine/core';
import { useState } from 'react';
import type { Overview, OverviewRange } from '../../../protocol/overview.js';
import { GatherError } from '../../api/gather-error.js';
import { ErrorNote } from '../parts/error-note.js';
import { LoadingNote } from '../parts/loading-note.js';
import { PageFrame } from '../parts/page-frame.js';
import { CommitFigure } from './commit-figure.js';
import { Endpoints } from './connected/endpoints.js';
import { Streams } from './connected/streams.js';
import { type Division, LoadFigures } from './load-figures.js';
import classes from './overview-page.module.css';
import { clockText } from './plots/plot-words.js';
import { Tiles } from './tiles.js';
import { useOverview } from './use-overview.js';

const RANGES = [
  { value: '10m', label: '10 min' },
  { value: '2h', label: '2 h' },
  { value: '24h', label: '24 h' },
] satisfies { value: OverviewRange; label: string }[];

const DIVISIONS = [
  { value: 'user', label: 'By user' },
  { value: 'topic', label: 'By topic' },
] satisfies { value: Division; label: string }[];

/** How the server stands, and what comes in. */
export function OverviewPage() {
  const [range, setRange] = useState<OverviewRange>('10m');
  const [division, setDivision] = useState<Division>('user');
  const { data, error, refetch } = useOverview(range);
  // The banner says so, and the last figures stay until there are others.
  const isOnlyAway = data !== undefined && error instanceof GatherError && error.status === undefined;
  const choices = (
    <>
      {data === undefined ? null : <AsOf time={data.now} />}
      <SegmentedControl
        aria-label="Told apart"
        size="xs"
        data={DIVISIONS}
        value={division}
        onChange={setDivision}
      />
      <SegmentedControl aria-label="Range" size="xs" data={RANGES} value={range} onChange={setRange} />
    </>
  );
  return (
    <PageFrame title="Overview" actions={choices}>
      <ErrorNote error={isOnlyAway ? null : error} onRetry={() => void refetch()} />
      {data === undefined ? null : <Content overview={data} division={division} />}
      {data === undefined && error === null ? <LoadingNote /> : null}
    </PageFrame>
  );
}

function AsOf({ time }: { readonly time: string }) {
  return (
    <Text size="xs" c="dimmed" className={classes['asOf']}>
      As of <time dateTime={time}>{clockText(Date.parse(time) / 1000, 1)}</time>
    </Text>
  );
}

function Content({ overview, division }: { readonly overview: Overview; readonly division: Division }) {
  return (
    <>
      <Tiles overview={overview} />
      <div className={classes['plots']}>
        <LoadFigures overview={overview} division={division} />
        <CommitFigure overview={overview} />
      </div>
      <Group align="flex-start" grow preventGrowOverflow={false} gap="md">
        <Endpoints overview={overview} />
        <Streams overview={overview} />
      </Group>
    </>
  );
}
