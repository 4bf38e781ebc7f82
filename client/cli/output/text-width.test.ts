import { expect, test } from 'vitest';
import { fitted, graphemesOf, widthOf } from './text-width.js';

test.each([
  ['plain', 5],
  ['é', 1],
  ['e\u0301', 1],
  ['日本', 4],
  ['한', 2],
  ['ｱ', 1],
  ['Ａ', 2],
  ['😀', 2],
  ['👨‍👩‍👧', 2],
  ['🇨🇭', 2],
  ['❤️', 2],
  ['\u200b', 0],
])('%s takes %i cells', (text, cells) => {
  expect(widthOf(text)).toBe(cells);
});

test('a text is cut at a character, never within one', () => {
  expect(fitted('日本語', 6)).toBe('日本語');
  expect(fitted('日本語', 5)).toBe('日本…');
  expect(fitted('日本語', 4)).toBe('日…');
  expect(fitted('abc', 0)).toBe('');
  expect(graphemesOf('a👨‍👩‍👧e\u0301')).toEqual(['a', '👨‍👩‍👧', 'e\u0301']);
});
