/** The time that a text names, in milliseconds since 1970, in the zone of whoever looks where it names none; undefined where it is none. */
export function timeTyped(text: string): number | undefined {
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

/** A time as a field for date and time has it, in the zone of whoever looks. @param time - milliseconds since 1970 */
export function localText(time: number): string {
  const offset = new Date(time).getTimezoneOffset() * 60_000;
  return new Date(time - offset).toISOString().replace(/(?:\.000)?Z$/, '');
}
