const WIDE = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Hangul}\p{Emoji_Presentation}]/u;
const JOINED = /^(?:\p{Mn}|\p{Me}|\u200d|\ufe0f)/u;
const ESCAPE = String.fromCharCode(27);
const TOKEN = new RegExp(`${ESCAPE}\\[[0-9;?]*[A-Za-z]|[^]`, 'gu');

interface Cell {
  text: string;
  /** The right half of a wide character is an empty cell. */
  isRight: boolean;
}

/** As much of a terminal as the client's screens use: what is written to it can be seen on it. */
export class FakeTerminal {
  readonly #columns: number;
  readonly #rows: number;
  #lines: Cell[][] = [[]];
  #row = 0;
  #column = 0;

  constructor(columns: number, rows = 1000) {
    [this.#columns, this.#rows] = [columns, rows];
  }

  /** All lines that there are, those that have scrolled away included, without what is blank at their ends. */
  get lines(): string[] {
    return this.#lines.map((cells) =>
      cells
        .map(({ text }) => text)
        .join('')
        .trimEnd(),
    );
  }

  /** Where the cursor is: the index of its line, and its column from 0. */
  get cursor(): readonly [line: number, column: number] {
    return [this.#row, this.#column];
  }

  /** Takes what a program writes. Throws where that is something that it does not know. */
  write(output: string): void {
    for (const [token] of output.matchAll(TOKEN)) {
      if (token.startsWith('\u001b[')) this.#control(token);
      else this.#character(token);
    }
  }

  #control(token: string): void {
    const count = Number(token.slice(2, -1).replace(/^$/, '1'));
    const kind = token.at(-1);
    if (kind === 'A') this.#row = Math.max(this.#top, this.#row - count);
    else if (kind === 'C') this.#column = Math.min(this.#columns - 1, this.#column + count);
    else if (kind === 'G') this.#column = count - 1;
    else if (kind === 'H') [this.#row, this.#column] = [this.#top, 0];
    else if (kind === 'J') this.#eraseBelow();
    else if (kind !== 'm') throw new Error(`unknown to this terminal: ${JSON.stringify(token)}`);
  }

  get #top(): number {
    return Math.max(0, this.#lines.length - this.#rows);
  }

  #eraseBelow(): void {
    this.#lines.length = this.#row + 1;
    this.#line.length = Math.min(this.#line.length, this.#column);
  }

  get #line(): Cell[] {
    return (this.#lines[this.#row] ??= []);
  }

  #character(text: string): void {
    if (text === '\r') this.#column = 0;
    else if (text === '\n') this.#nextLine();
    else if (/\p{Cc}/u.test(text)) throw new Error(`unknown to this terminal: ${JSON.stringify(text)}`);
    else this.#put(text);
  }

  #nextLine(): void {
    this.#row += 1;
    this.#lines[this.#row] ??= [];
  }

  #put(text: string): void {
    const before = this.#line[this.#column - 1];
    if (JOINED.test(text) && before !== undefined) {
      before.text += text;
      return;
    }
    const width = WIDE.test(text) ? 2 : 1;
    if (this.#column + width > this.#columns) {
      this.#nextLine();
      this.#column = 0;
    }
    while (this.#line.length < this.#column) this.#line.push({ text: ' ', isRight: false });
    this.#line[this.#column] = { text, isRight: false };
    if (width === 2) this.#line[this.#column + 1] = { text: '', isRight: true };
    this.#column += width;
  }
}
