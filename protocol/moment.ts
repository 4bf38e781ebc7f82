import * as z from 'zod';

/** What a time has to be, in words for whoever gave another text. */
export const TIME_RULE = 'a time as 2026-11-21T02:44:57+01:00';

const offsetTime = z.iso.datetime({ offset: true });

/** A time of RFC 3339 in milliseconds since 1970, with a half where it was finer than that; undefined where it is none. */
export function momentIn(text: string): number | undefined {
  // A plus that was not escaped in an address arrives as a space.
  const time = text.toUpperCase().replace(/ (?=\d\d:\d\d$)/, '+');
  if (!offsetTime.safeParse(time).success) return undefined;
  const isFiner = /\.\d{3}\d*[1-9]/.test(time);
  const at = Date.parse(time.replace(/(\.\d{3})\d+/, '$1'));
  if (Number.isNaN(at)) return undefined;
  return isFiner ? at + 0.5 : at;
}

/** A time of RFC 3339, as {@link momentIn} reads it. */
export const moment = z.string().transform((text, context): number => {
  const at = momentIn(text);
  if (at !== undefined) return at;
  context.addIssue({ code: 'custom', message: `must be ${TIME_RULE}` });
  return z.NEVER;
});
