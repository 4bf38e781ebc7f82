import { LOCALE } from '../locale.js';
import { exactText } from './time-text.js';

const AGO = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'auto', style: 'short' });
const UNITS = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

interface AgoTextProps {
  /** RFC 3339. */
  readonly time: string;
  /** When that is looked at, by the same clock. */
  readonly now: string;
}

/** How long ago something was; when exactly, on hover. */
export function AgoText({ time, now }: AgoTextProps) {
  const moment = new Date(time);
  if (Number.isNaN(moment.getTime())) return <span>{time}</span>;
  return (
    <time dateTime={time} title={exactText(moment)}>
      {agoText(Date.parse(now) - moment.getTime())}
    </time>
  );
}

/** How long ago, in words: `3 min. ago`. */
export function agoText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [unit, length] = UNITS.find(([, least]) => seconds >= least) ?? ['second', 1];
  return AGO.format(-Math.floor(seconds / length), unit);
}
