const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });

/** A moment in the zone of whoever looks; as it was told, and in UTC, on hover. @param time - RFC 3339 */
export function TimeText({ time }: { readonly time: string }) {
  const moment = new Date(time);
  if (Number.isNaN(moment.getTime())) return <span>{time}</span>;
  return (
    <time dateTime={time} title={exactText(moment)}>
      {MOMENT.format(moment)}
    </time>
  );
}

/** A moment to the millisecond, in the zone of whoever looks and in UTC. */
export function exactText(moment: Date): string {
  return `${EXACT.format(moment)} (${moment.toISOString()})`;
}
