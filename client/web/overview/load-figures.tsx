import { useMemo, useState } from 'react';
import type { Overview } from '../../../protocol/overview.js';
import { inkOf, OTHERS_INK } from './plots/inks.js';
import { PlotFigure } from './plots/plot-figure.js';
import type { PlotLayer } from './plots/plot-options.js';
import {
  namedRates,
  OTHERS,
  placesFor,
  type PlotSeries,
  rateSeries,
  stacked,
  stepsOf,
} from './plots/plot-series.js';
import { BYTES_PER_SECOND, MESSAGES_PER_SECOND, nothingText } from './plots/plot-words.js';

/** By what messages are told apart. */
export type Division = 'user' | 'topic';

interface LoadFiguresProps {
  readonly overview: Overview;
  readonly division: Division;
}

/** Messages and bytes over time. */
export function LoadFigures({ overview, division }: LoadFiguresProps) {
  return (
    <>
      <LoadFigure overview={overview} division={division} what="messages" />
      <LoadFigure overview={overview} division={division} what="bytes" />
    </>
  );
}

interface LoadFigureProps extends LoadFiguresProps {
  readonly what: 'messages' | 'bytes';
}

function LoadFigure({ overview, division, what }: LoadFigureProps) {
  const loads = division === 'user' ? overview.by_user : overview.by_topic;
  const steps = useMemo(() => stepsOf(overview), [overview]);
  const total = rateSeries('total', 'Total', overview.total[what], steps);
  const rates = useMemo(() => namedRates(loads, what, 'No topic', steps), [loads, what, steps]);
  const places = usePlaces(rates);
  const parts = useMemo(() => inOrder(rates, places), [rates, places]);
  const layers = useMemo(() => layersOf(parts, places), [parts, places]);
  return (
    <PlotFigure
      telling={{
        title: `${what === 'messages' ? 'Messages' : 'Bytes'} per second by ${division}`,
        ...{ range: overview.range, steps, headline: [total], parts },
        unit: what === 'messages' ? MESSAGES_PER_SECOND : BYTES_PER_SECOND,
      }}
      layers={layers}
      nothing={nothingText('messages', overview.range, steps)}
    />
  );
}

type Places = ReadonlyMap<string, number>;

function usePlaces(series: readonly PlotSeries[]): Places {
  const [places, setPlaces] = useState<Places>(new Map());
  const keys = series.map(({ key }) => key).filter((key) => key !== OTHERS);
  const next = placesFor(places, keys);
  if (next !== places) setPlaces(next);
  return next;
}

function inOrder(series: readonly PlotSeries[], places: Places): PlotSeries[] {
  const placeOf = ({ key }: PlotSeries): number => places.get(key) ?? Number.MAX_SAFE_INTEGER;
  return [...series].sort((one, other) => placeOf(one) - placeOf(other));
}

// Each is drawn from the ground to its upper edge, the highest first: what is seen of it is its own part.
function layersOf(parts: readonly PlotSeries[], places: Places): PlotLayer[] {
  const edges = stacked(parts.map(({ values }) => values));
  return parts
    .map(({ key }, at) => {
      const place = places.get(key);
      return { key, ink: place === undefined ? OTHERS_INK : inkOf(place), values: edges[at] ?? [] };
    })
    .reverse();
}
