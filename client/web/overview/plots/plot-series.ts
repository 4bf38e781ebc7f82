import type { NamedLoad, Overview } from '../../../../protocol/overview.js';

/** A number for each step, the oldest first; null where there is none. */
export type Values = readonly (number | null)[];

/** What a plot tells under one name. */
export interface PlotSeries {
  readonly key: string;
  readonly label: string;
  readonly values: Values;
  /** One number for several steps, told by their places. */
  readonly merge: (steps: readonly number[]) => number | null;
}

/** The key of everybody or everything that has no series of its own. */
export const OTHERS = 'others';

/** The steps of an answer. */
export interface Steps {
  /** When each begins, in seconds since 1970. */
  readonly times: readonly number[];
  /** Seconds of one. */
  readonly step: number;
  /** Before this one the server was not yet there. */
  readonly firstKnown: number;
}

/** When the steps of an answer were. */
export function stepsOf({ until, step, total, started_at }: Overview): Steps {
  const count = total.messages.length;
  const begin = Date.parse(until) / 1000 - count * step;
  return {
    times: Array.from({ length: count }, (_, at) => begin + at * step),
    step,
    firstKnown: Math.max(0, Math.floor((Date.parse(started_at) / 1000 - begin) / step)),
  };
}

/** What came in each second on average. @param counts - what came in each step */
export function rateSeries(
  key: string,
  label: string,
  counts: readonly number[],
  { step, firstKnown }: Steps,
): PlotSeries {
  const values = counts.map((count, at) => (at < firstKnown ? null : count / step));
  return { key, label, values, merge: (steps) => meanOf(valuesAt(values, steps)) };
}

/** The same of each name; those without one are told in words. @param unnamed - what the empty name is called */
export function namedRates(
  loads: readonly NamedLoad[],
  what: 'messages' | 'bytes',
  unnamed: string,
  steps: Steps,
): PlotSeries[] {
  return loads.map((load) => {
    const { name } = load;
    if (name === null) return rateSeries(OTHERS, 'All others', load[what], steps);
    return rateSeries(`name ${name}`, name === '' ? unnamed : name, load[what], steps);
  });
}

/** How long commits took: the longest and the mean of each step. */
export function latencySeries({ count, mean_ms, max_ms }: Overview['commits']): [PlotSeries, PlotSeries] {
  return [
    {
      ...{ key: 'longest', label: 'Longest', values: max_ms },
      merge: (steps) => highestOf(valuesAt(max_ms, steps)),
    },
    {
      ...{ key: 'mean', label: 'Mean', values: mean_ms },
      merge: (steps) => {
        const commits = sumOf(steps.map((at) => count[at] ?? 0));
        const ms = sumOf(steps.map((at) => (count[at] ?? 0) * (mean_ms[at] ?? 0)));
        return commits === 0 ? null : ms / commits;
      },
    },
  ];
}

/** Each series put upon those before it. A step that one of them does not know stays unknown. */
export function stacked(series: readonly Values[]): Values[] {
  const below: (number | null)[] = [];
  return series.map((values) =>
    values.map((value, at) => {
      const sum = value === null ? null : value + (below[at] ?? 0);
      below[at] = sum;
      return sum;
    }),
  );
}

/**
 * Gives each key a place of its own, which it keeps for as long as it is there: so nothing changes its colour while it is looked at.
 *
 * @returns the same map where nothing is new
 */
export function placesFor(
  previous: ReadonlyMap<string, number>,
  keys: readonly string[],
): ReadonlyMap<string, number> {
  const kept = new Map([...previous].filter(([key]) => keys.includes(key)));
  if (kept.size === previous.size && keys.every((key) => kept.has(key))) return previous;
  const taken = new Set(kept.values());
  for (const key of keys) {
    if (kept.has(key)) continue;
    let place = 0;
    while (taken.has(place)) place += 1;
    taken.add(place);
    kept.set(key, place);
  }
  return kept;
}

/** Some steps in a row, as one line of a table. */
export interface Span {
  /** Seconds since 1970. */
  readonly begin: number;
  readonly steps: readonly number[];
}

/** Puts steps together by the clock, the last first; what nobody knows is left out. @param seconds - how long each is */
export function spansOf({ times, firstKnown }: Steps, seconds: number): Span[] {
  const spans: { begin: number; steps: number[] }[] = [];
  for (const [at, time] of times.entries()) {
    if (at < firstKnown) continue;
    const begin = Math.floor(time / seconds) * seconds;
    const last = spans.at(-1);
    if (last?.begin === begin) last.steps.push(at);
    else spans.push({ begin, steps: [at] });
  }
  return spans.reverse();
}

/** Where a series is highest; undefined where it has no number. */
export function highestAt(values: Values): number | undefined {
  let found: number | undefined;
  for (const [at, value] of values.entries()) {
    if (value !== null && (found === undefined || value > (values[found] ?? 0))) found = at;
  }
  return found;
}

/** The mean of the last seconds; null where nothing is known of them. */
export function meanOfLast({ values }: Pick<PlotSeries, 'values'>, steps: number): number | null {
  return meanOf(values.slice(-steps));
}

function valuesAt(values: Values, steps: readonly number[]): Values {
  return steps.map((at) => values[at] ?? null);
}

function meanOf(values: Values): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : sumOf(known) / known.length;
}

function highestOf(values: Values): number | null {
  const at = highestAt(values);
  return at === undefined ? null : (values[at] ?? null);
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
