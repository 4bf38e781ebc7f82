/** How something is drawn. */
export interface Ink {
  readonly fill: string;
  /** Its outline, which is seen against the paper where the colour itself is not. */
  readonly line: { readonly light: string; readonly dark: string };
  /** Whether it is striped, and told apart by that from another of its colour. */
  readonly isStriped: boolean;
}

/** What is behind a plot, and what is written and ruled on it. */
export const PAPER = {
  light: { paper: '#ffffff', text: '#495057', rule: '#e9ecef' },
  dark: { paper: '#242424', text: '#b8b8b8', rule: '#3b3b3b' },
} as const;

/** The colours of the page. */
export type Scheme = keyof typeof PAPER;

/**
 * Colours that people with any colour vision can tell apart: Masataka Okabe, Kei Ito, "Color Universal Design", 2008,
 * https://jfly.uni-koeln.de/color/. Outlines are the same hues, darker or lighter.
 */
const OKABE_ITO = [
  { fill: '#0072b2', line: { light: '#005788', dark: '#3fa0dc' } },
  { fill: '#e69f00', line: { light: '#a87400', dark: '#e69f00' } },
  { fill: '#009e73', line: { light: '#007353', dark: '#19c394' } },
  { fill: '#cc79a7', line: { light: '#a2507d', dark: '#cc79a7' } },
  { fill: '#56b4e9', line: { light: '#2b84b8', dark: '#56b4e9' } },
  { fill: '#d55e00', line: { light: '#a34700', dark: '#ee7a1e' } },
  { fill: '#f0e442', line: { light: '#8f8700', dark: '#f0e442' } },
] as const;

const GREY: Ink = { fill: '#999999', line: { light: '#6b6b6b', dark: '#b5b5b5' }, isStriped: false };

/** The ink of a place; there are twice as many as colours, and then the first again. */
export function inkOf(place: number): Ink {
  const colour = OKABE_ITO[place % OKABE_ITO.length];
  const round = Math.floor(place / OKABE_ITO.length);
  return colour === undefined ? GREY : { ...colour, isStriped: round % 2 === 1 };
}

/** The ink of all others. */
export const OTHERS_INK = GREY;

const STRIPE = 6;

/** What a canvas is filled with. */
export function fillOf({ fill, isStriped }: Ink, scheme: Scheme): string | CanvasPattern {
  if (!isStriped) return fill;
  const tile = document.createElement('canvas');
  tile.width = STRIPE;
  tile.height = STRIPE;
  const drawing = tile.getContext('2d');
  if (drawing === null) return fill;
  drawing.fillStyle = fill;
  drawing.fillRect(0, 0, STRIPE, STRIPE);
  drawing.strokeStyle = PAPER[scheme].paper;
  drawing.lineWidth = 2;
  drawing.beginPath();
  for (const shift of [-STRIPE, 0, STRIPE]) {
    drawing.moveTo(shift - 1, STRIPE + 1);
    drawing.lineTo(shift + STRIPE + 1, -1);
  }
  drawing.stroke();
  return drawing.createPattern(tile, 'repeat') ?? fill;
}

/** The same for an element. */
export function backgroundOf({ fill, isStriped }: Ink, scheme: Scheme): string {
  if (!isStriped) return fill;
  return `repeating-linear-gradient(135deg, ${fill} 0 2px, ${PAPER[scheme].paper} 2px 4px)`;
}
