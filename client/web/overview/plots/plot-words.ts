import type { OverviewRange } from '../../../../protocol/overview.js';
import { LOCALE } from '../../parts/locale.js';
import { bytesText } from '../../parts/words.js';
import { highestAt, type PlotSeries, type Steps } from './plot-series.js';

/** How the numbers of a plot are written. */
export interface Unit {
  /** Whole: `1.5 KiB/s`. */
  readonly text: (value: number) => string;
  /** At the axis, whose unit is in the title. */
  readonly tick: (value: number) => string;
  /** How far apart the ticks may be; undefined: decimal numbers. */
  readonly increments?: readonly number[];
  /** How far the axis goes where all is nought. */
  readonly least: number;
}

const SHORT = new Intl.NumberFormat(LOCALE, { maximumSignificantDigits: 3 });
const short = (value: number): string => SHORT.format(value);

/** Messages per second. */
export const MESSAGES_PER_SECOND: Unit = { text: (value) => `${short(value)}/s`, tick: short, least: 1 };

/** Bytes per second. */
export const BYTES_PER_SECOND: Unit = {
  text: (value) => `${bytesText(value)}/s`,
  tick: (value) => bytesText(value).replace('.0 ', ' '),
  increments: Array.from({ length: 50 }, (_, power) => 2 ** power),
  least: 1024,
};

/** Milliseconds. */
export const MILLISECONDS: Unit = { text: (value) => `${short(value)} ms`, tick: short, least: 1 };

/** What stands where there is no number. */
const NO_NUMBER = '–';

/** A number, or that there is none. */
export function valueText(value: number | null | undefined, { text }: Unit): string {
  return value === null || value === undefined ? NO_NUMBER : text(value);
}

/** How far back each range goes, in words. */
const RANGE_WORDS: Readonly<Record<OverviewRange, string>> = {
  '10m': '10 minutes',
  '2h': '2 hours',
  '24h': '24 hours',
};

/** That there is nothing to be seen. @param what - `messages` */
export function nothingText(what: string, range: OverviewRange, { firstKnown }: Steps): string {
  return firstKnown > 0
    ? `No ${what} since the server has started.`
    : `No ${what} in the last ${RANGE_WORDS[range]}.`;
}

/** Seconds of a line of the table of each range. */
export const SPAN_SECONDS: Readonly<Record<OverviewRange, number>> = { '10m': 30, '2h': 300, '24h': 3600 };

const TO_MINUTES = new Intl.DateTimeFormat(LOCALE, { hour: '2-digit', minute: '2-digit' });
const TO_SECONDS = new Intl.DateTimeFormat(LOCALE, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const DAY = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short' });

/** A time of the day in the zone of whoever looks. @param seconds - since 1970 */
export function clockText(seconds: number, step: number): string {
  return (step % 60 === 0 ? TO_MINUTES : TO_SECONDS).format(seconds * 1000);
}

/** The same at an axis: where a day begins, the day. @param apart - seconds between two ticks */
export function tickTimes(seconds: readonly number[], apart: number): string[] {
  return seconds.map((each) => {
    const moment = new Date(each * 1000);
    const isMidnight = moment.getHours() === 0 && moment.getMinutes() === 0 && moment.getSeconds() === 0;
    return isMidnight ? DAY.format(moment) : clockText(each, apart);
  });
}

/** What a plot shows, for whoever does not see it. */
export interface PlotTelling {
  readonly title: string;
  readonly range: OverviewRange;
  readonly steps: Steps;
  readonly unit: Unit;
  /** What is told by its latest and its highest number. */
  readonly headline: readonly PlotSeries[];
  /** What is told by its mean. */
  readonly parts: readonly PlotSeries[];
}

/** A plot in sentences: the latest number and the highest, and how it is divided. */
export function summaryOf({ title, range, steps, unit, headline, parts }: PlotTelling): string {
  const told = headline.map(({ label, values }) => {
    const at = highestAt(values);
    if (at === undefined) return `${label}: no numbers yet.`;
    const latest = valueText(
      values.findLast((value) => value !== null),
      unit,
    );
    const highest = valueText(values[at], unit);
    return `${label}: latest ${latest}, highest ${highest} at ${clockText(steps.times[at] ?? 0, steps.step)}.`;
  });
  const all = steps.times.map((_, at) => at);
  const means = parts.map(({ label, merge }) => `${label} ${valueText(merge(all), unit)}`);
  const divided = means.length === 0 ? [] : [`On average: ${means.join(', ')}.`];
  return [`${title}, the last ${RANGE_WORDS[range]}.`, ...told, ...divided].join(' ');
}
