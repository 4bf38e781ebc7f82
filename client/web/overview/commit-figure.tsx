import { useMemo } from 'react';
import type { Overview } from '../../../protocol/overview.js';
import { inkOf } from './plots/inks.js';
import { PlotFigure } from './plots/plot-figure.js';
import { latencySeries, stepsOf } from './plots/plot-series.js';
import { MILLISECONDS, nothingText } from './plots/plot-words.js';

/** How long commits took over time. */
export function CommitFigure({ overview }: { readonly overview: Overview }) {
  const steps = useMemo(() => stepsOf(overview), [overview]);
  const series = useMemo(() => latencySeries(overview.commits), [overview]);
  const layers = useMemo(
    () => series.map(({ key, values }, at) => ({ key, ink: inkOf(1 - at), values })),
    [series],
  );
  return (
    <PlotFigure
      telling={{
        ...{ title: 'Commit latency in milliseconds', range: overview.range, steps, unit: MILLISECONDS },
        ...{ headline: series, parts: [] },
      }}
      layers={layers}
      nothing={nothingText('commits', overview.range, steps)}
    />
  );
}
