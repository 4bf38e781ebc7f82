import { momentText } from '../../parts/text/time-text.js';

/** In the middle of each half of a day, with digits of the usual width. */
const HOURS = [10, 22];
const MONTHS = Array.from({ length: 12 }, (_, month) => month);

/** How wide a moment of any month may be in the language of whoever looks, in widths of its letters: `em`. */
export function timeWidth(page: Document): number {
  const measure = page.createElement('canvas').getContext('2d');
  if (measure === null) return 0;
  measure.font = `100px ${getComputedStyle(page.body).fontFamily}`;
  const widths = MONTHS.flatMap((month) =>
    HOURS.map((hour) => measure.measureText(momentText(new Date(2026, month, 28, hour, 58, 58))).width),
  );
  return Math.max(...widths) / 100;
}
