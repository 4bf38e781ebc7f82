import { printable } from '../../../protocol/line-safe.js';
import type { Paint } from '../output/colours.js';
import { fitted, firstCells, graphemesOf, graphemeWidth, widthOf } from '../output/text-width.js';

/** What stands at the bottom of the screen: a line that says how things are, and below it the line that is being typed. */
export interface ChatBottom {
  readonly status: string;
  readonly input: string;
  /** Where in the input the cursor is, in UTF-16 units. */
  readonly cursor: number;
}

const PROMPT = '> ';
const FEWEST_COLUMNS = 8;
const ERASE_BELOW = '\u001b[J';

/**
 * The screen of the chat, as what has to be written to a terminal: lines go up into the terminal's own scrollback, and below
 * them the bottom is drawn anew. The bottom never wraps: its two lines are shorter than the screen is wide.
 */
export class ChatScreen {
  readonly #paint: Pick<Paint, 'bar'>;
  #columns: number;
  #bottom: ChatBottom = { status: '', input: '', cursor: 0 };
  /** The cells that the lines of the bottom take, and how far in the last the cursor is; undefined where none is drawn. */
  #drawn: { readonly status: number; readonly cursor: number } | undefined;

  constructor(columns: number, paint: Pick<Paint, 'bar'>) {
    this.#paint = paint;
    this.#columns = atLeast(columns);
  }

  /** Puts lines above the bottom. They have nothing in them that a terminal obeys but colours. */
  print(lines: readonly string[]): string {
    return `${this.#erase()}${lines.map((line) => `${line}\r\n`).join('')}${this.#draw()}`;
  }

  /** Draws the bottom anew. */
  update(bottom: ChatBottom): string {
    this.#bottom = bottom;
    return `${this.#erase()}${this.#draw()}`;
  }

  /** Draws it for a terminal that has become wider or narrower. */
  resize(columns: number): string {
    this.#columns = atLeast(columns);
    return `${this.#erase()}${this.#draw()}`;
  }

  /** Clears the screen; the scrollback stays. */
  clear(): string {
    this.#drawn = undefined;
    return `\u001b[H${ERASE_BELOW}${this.#draw()}`;
  }

  /** Takes the bottom away. What is written next stands in its place. */
  end(): string {
    return this.#erase();
  }

  #erase(): string {
    if (this.#drawn === undefined) return '';
    const { status, cursor } = this.#drawn;
    this.#drawn = undefined;
    // Where the terminal became narrower, it has broken what was there into more lines.
    const up = rowsOf(status, this.#columns) + Math.floor(cursor / this.#columns);
    return `\r\u001b[${String(up)}A${ERASE_BELOW}`;
  }

  #draw(): string {
    const room = this.#columns - 1;
    const status = fitted(printable(this.#bottom.status), room);
    const { text, cells } = inputWindow(this.#bottom, room - PROMPT.length);
    const cursor = PROMPT.length + cells;
    this.#drawn = { status: widthOf(status), cursor };
    return `${this.#paint.bar(status)}\r\n${PROMPT}${text}\r\u001b[${String(cursor)}C`;
  }
}

/**
 * The part of what is being typed that has room in so many cells, with the cursor in it.
 *
 * @returns what is to be shown, and how many cells of it are before the cursor
 */
export function inputWindow(
  { input, cursor }: Pick<ChatBottom, 'input' | 'cursor'>,
  room: number,
): { readonly text: string; readonly cells: number } {
  const before = graphemesOf(printable(input.slice(0, cursor)));
  const behind = graphemesOf(printable(input.slice(cursor)));
  let cells = before.reduce((sum, grapheme) => sum + graphemeWidth(grapheme), 0);
  let from = 0;
  for (; cells >= room && from < before.length; from += 1) cells -= graphemeWidth(before[from] ?? '');
  const shown = [...before.slice(from), ...firstCells(behind, room - cells)];
  return { text: shown.join(''), cells };
}

function rowsOf(cells: number, columns: number): number {
  return Math.max(1, Math.ceil(cells / columns));
}

function atLeast(columns: number): number {
  return columns > 0 ? Math.max(columns, FEWEST_COLUMNS) : 80;
}
