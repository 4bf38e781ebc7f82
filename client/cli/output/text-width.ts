const GRAPHEMES = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

// What terminals give two cells: East Asian wide and fullwidth characters (Unicode's annex 11), and emoji.
const WIDE =
  /^(?:[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Yi}\p{Script=Tangut}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|\p{Regional_Indicator})/u;
const HALFWIDTH = /^[\uff61-\uffdc]/u;
const NO_CELL = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]+$/u;
const EMOJI_VARIANT = '\ufe0f';

/** A text cut into what a reader takes for one character each. */
export function graphemesOf(text: string): string[] {
  return Array.from(GRAPHEMES.segment(text), ({ segment }) => segment);
}

/** How many cells of a terminal a text takes; it holds no control characters. */
export function widthOf(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  return graphemesOf(text).reduce((sum, grapheme) => sum + graphemeWidth(grapheme), 0);
}

/** A text cut at a character so that it takes at most so many cells; where something is left out, an ellipsis ends it. */
export function fitted(text: string, cells: number): string {
  if (widthOf(text) <= cells) return text;
  return `${firstCells(graphemesOf(text), cells - 1).join('')}${cells > 0 ? '…' : ''}`;
}

/** As many characters from the beginning as fit into so many cells. */
export function firstCells(graphemes: readonly string[], cells: number): readonly string[] {
  let left = cells;
  const end = graphemes.findIndex((grapheme) => (left -= graphemeWidth(grapheme)) < 0);
  return end === -1 ? graphemes : graphemes.slice(0, end);
}

/** How many cells one character takes. */
export function graphemeWidth(grapheme: string): number {
  if (NO_CELL.test(grapheme)) return 0;
  if (HALFWIDTH.test(grapheme)) return 1;
  return WIDE.test(grapheme) || grapheme.includes(EMOJI_VARIANT) ? 2 : 1;
}
