import { LOCALE } from '../locale.js';

const MOMENT = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'medium' });
const EXACT = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'full', timeStyle: 'long' });

const TIME_OF_DAY = new Intl.DateTimeFormat(LOCALE, { timeStyle: 'short' });

interface TimeTextProps {
  /** RFC 3339. */
  readonly time: string;
  /** Whether hours and minutes are enough, as the day stands beside it. */
  readonly isShort?: boolean;
}

/** A moment in the zone of whoever looks; as it was told, and in UTC, on hover. */
export function TimeText({ time, isShort = false }: TimeTextProps) {
  const moment = new Date(time);
  if (Number.isNaN(moment.getTime())) return <span>{time}</span>;
  return (
    <time dateTime={time} title={exactText(moment)}>
      {isShort ? TIME_OF_DAY.format(moment) : momentText(moment)}
    </time>
  );
}

/** A moment to the second, in the zone of whoever looks. */
export function momentText(moment: Date): string {
  return MOMENT.format(moment);
}

/** A moment to the millisecond, in the zone of whoever looks and in UTC. */
export function exactText(moment: Date): string {
  return `${EXACT.format(moment)} (${moment.toISOString()})`;
}

/**
 * A range of time in the zone of whoever looks; undefined where it has no end.
 *
 * @param since - milliseconds since 1970, or not a number; so is `until`
 */
export function rangeText(since: number, until: number): string | undefined {
  if (since <= until) return MOMENT.formatRange(since, until);
  const from = Number.isNaN(since) ? [] : [`since ${MOMENT.format(since)}`];
  const to = Number.isNaN(until) ? [] : [`until ${MOMENT.format(until)}`];
  const text = [...from, ...to].join(' ');
  return text === '' ? undefined : `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
