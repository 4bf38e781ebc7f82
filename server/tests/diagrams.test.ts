import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { TRANSITIONS } from '../features/sessions/state-machine.js';

const ROOT = new URL('../../', import.meta.url);
/** Each with the page that shows it. */
const PAGES: Readonly<Record<string, string>> = {
  bulk: 'docs/bulk.md',
  console: 'docs/console.md',
  feed: 'docs/feed.md',
  segment: 'docs/segments.md',
  sequence: 'README.md',
  spool: 'docs/spool.md',
  state: 'README.md',
  'use-case': 'README.md',
};
const DIAGRAMS = Object.keys(PAGES);

describe('the diagrams', () => {
  test('draw exactly the transitions of the state machine, each once', () => {
    const source = read('diagrams/state.mmd');
    const drawn = [...source.matchAll(/^\s*(\w+) --> (\w+): (\w+)$/gm)];
    const arrows = drawn.map(([, from = '', to = '', event = '']) => `${from} --> ${to}: ${event}`);
    expect(arrows.sort()).toEqual(transitionsOfTheTable().sort());
  });

  test('have no arrow that this test cannot read, and begin with Grounded', () => {
    const lines = read('diagrams/state.mmd').split('\n');
    const arrows = lines.filter((line) => line.includes('-->') && !line.trimStart().startsWith('%%'));
    const unread = arrows.filter((line) => !/^\s*\w+ --> \w+: \w+$/.test(line));
    expect(unread.map((line) => line.trim())).toEqual(['[*] --> Grounded']);
  });

  test('are these', () => {
    const sources = readdirSync(new URL('diagrams/', ROOT)).filter((name) => name.endsWith('.mmd'));
    expect(sources.sort()).toEqual(DIAGRAMS.map((name) => `${name}.mmd`));
  });

  test.each(DIAGRAMS)('show %s as its source says now: else run diagrams/render.mjs', (name) => {
    const digest = createHash('sha256')
      .update(read(`diagrams/${name}.mmd`))
      .digest('hex');
    const picture = read(`diagrams/${name}.svg`);
    expect(/^<!-- source-sha256: (\w+) -->/.exec(picture)?.[1]).toBe(digest);
  });

  test.each(DIAGRAMS)('can be read on a dark page and in an image: %s', (name) => {
    const picture = read(`diagrams/${name}.svg`);
    expect(picture).toMatch(/<rect [^>]*fill="#ffffff"\/?>/);
    expect(picture).not.toContain('<foreignObject');
  });

  test.each(Object.entries(PAGES))('are shown: %s in %s', (name, page) => {
    expect(read(page)).toMatch(new RegExp(`!\\[[^\\]]+\\]\\((?:\\.\\./)?diagrams/${name}\\.svg\\)`));
  });
});

function transitionsOfTheTable(): string[] {
  return Object.entries(TRANSITIONS).flatMap(([from, events]) =>
    Object.entries(events).map(([event, to]) => `${from} --> ${to}: ${event}`),
  );
}

// Git may check files out with other line ends than it keeps; the pictures know the source as it is kept.
function read(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8').replaceAll('\r\n', '\n');
}
