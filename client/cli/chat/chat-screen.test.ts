import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FakeTerminal } from '../../tests/support/fake-terminal.js';
import { NO_PAINT } from '../output/colours.js';
import { widthOf } from '../output/text-width.js';
import { ChatScreen, inputWindow } from './chat-screen.js';

const character = fc.constantFrom('a', 'b', ' ', 'é', '日', '本', '😀', '\t', '\u001b');
const input = fc.array(character, { maxLength: 60 }).map((characters) => characters.join(''));

/** Draws on a terminal of its own. */
function screenOf(columns: number) {
  const terminal = new FakeTerminal(columns);
  const screen = new ChatScreen(columns, NO_PAINT);
  return { terminal, screen };
}

describe('the screen of the chat', () => {
  test('has what was said above, and below it the status and what is being typed', () => {
    const { terminal, screen } = screenOf(40);
    terminal.write(screen.update({ status: 'connected', input: 'hel', cursor: 3 }));
    terminal.write(screen.print(['bob: one', 'bob: two']));
    terminal.write(screen.update({ status: '2 here', input: 'hell', cursor: 2 }));
    terminal.write(screen.print(['bob: three']));
    expect(terminal.lines).toEqual(['bob: one', 'bob: two', 'bob: three', '2 here', '> hell']);
    expect(terminal.cursor).toEqual([4, 4]);
  });

  test('leaves nothing of its bottom when it ends', () => {
    const { terminal, screen } = screenOf(40);
    terminal.write(screen.update({ status: 'connected', input: 'hello', cursor: 0 }));
    terminal.write(screen.print(['bob: one']));
    terminal.write(screen.end());
    expect(terminal.lines).toEqual(['bob: one', '']);
    expect(terminal.cursor).toEqual([1, 0]);
  });

  test('keeps each message once and in order, whatever is typed and however long it is', () => {
    const step = fc.oneof(
      fc.record({ status: input, input, at: fc.nat(60) }),
      fc.array(fc.stringMatching(/^[a-z]{1,90}$/), { minLength: 1, maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), fc.integer({ min: 8, max: 50 }), (steps, columns) => {
        const { terminal, screen } = screenOf(columns);
        const printed: string[] = [];
        terminal.write(screen.update({ status: 's', input: '', cursor: 0 }));
        for (const each of steps) {
          if (Array.isArray(each)) {
            printed.push(...each);
            terminal.write(screen.print(each));
          } else {
            const cursor = Math.min(each.at, each.input.length);
            terminal.write(screen.update({ ...each, cursor }));
          }
        }
        const { lines } = terminal;
        expect(lines.slice(0, -2).join('')).toBe(printed.join(''));
        expect(lines.at(-1)?.startsWith('>')).toBe(true);
        expect(terminal.cursor[0]).toBe(lines.length - 1);
      }),
    );
  });

  test('takes its bottom away as a terminal has broken it into lines that became narrower', () => {
    const screen = new ChatScreen(40, NO_PAINT);
    screen.update({ status: 's'.repeat(30), input: 'i'.repeat(20), cursor: 20 });
    // 30 cells in lines of 12 are three, and the cursor behind 22 cells is in the second line of the input.
    expect(screen.resize(12).startsWith('\r\u001b[4A\u001b[J')).toBe(true);
  });

  test('obeys nothing that is in the status or in what is typed', () => {
    const { terminal, screen } = screenOf(80);
    terminal.write(screen.update({ status: 'a\u001b[2J', input: '\u009b1A\n', cursor: 0 }));
    expect(terminal.lines).toEqual(['a\\u001b[2J', '> \\u009b1A\\u000a']);
  });
});

describe('what is shown of what is being typed', () => {
  test('fits, and has the cursor in it', () => {
    fc.assert(
      fc.property(input, fc.nat(60), fc.integer({ min: 3, max: 30 }), (text, at, room) => {
        const shown = inputWindow({ input: text, cursor: Math.min(at, text.length) }, room);
        expect(widthOf(shown.text)).toBeLessThanOrEqual(room);
        expect(shown.cells).toBeLessThan(room);
      }),
    );
  });

  test('is all of it where there is room, and else what is around the cursor', () => {
    expect(inputWindow({ input: '日本 語', cursor: 2 }, 20)).toEqual({ text: '日本 語', cells: 4 });
    expect(inputWindow({ input: 'abcdefgh', cursor: 8 }, 5)).toEqual({ text: 'efgh', cells: 4 });
    expect(inputWindow({ input: 'abcdefgh', cursor: 0 }, 5)).toEqual({ text: 'abcde', cells: 0 });
  });
});
