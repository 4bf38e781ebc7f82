import type { CliIo } from '../cli-io.js';
import { usageError } from '../cli-error.js';

/** How texts are set off from each other. */
export interface Paint {
  /** A text in the colour that belongs to a name, always the same one. */
  name(name: string, text: string): string;
  /** A text that matters less. */
  dim(text: string): string;
  /** A text that stands apart, as a bar. */
  bar(text: string): string;
}

/** Leaves texts as they are. */
export const NO_PAINT: Paint = { name: (_name, text) => text, dim: (text) => text, bar: (text) => text };

const IN_COLOURS: Paint = {
  name: (name, text) => `\u001b[${colourOf(name)}m${text}\u001b[39m`,
  dim: (text) => `\u001b[2m${text}\u001b[22m`,
  bar: (text) => `\u001b[7m${text}\u001b[27m`,
};

// Of a terminal's own colours those that can be read on light and on dark ground.
const NAME_COLOURS = ['31', '32', '33', '34', '35', '36', '91', '92', '93', '94', '95', '96'] as const;

/**
 * How a command paints. `wish` is what was given with `--color`: `auto` is for colours on a terminal, unless NO_COLOR or
 * FORCE_COLOR says else; false is for none. Throws exit code 2 where it is something else.
 */
export function paintFor(
  { stdout, env }: Pick<CliIo, 'stdout' | 'env'>,
  wish: string | boolean = 'auto',
): Paint {
  if (wish === 'always' || wish === true) return IN_COLOURS;
  if (wish === 'never' || wish === false) return NO_PAINT;
  if (wish !== 'auto') throw usageError('--color must be auto, always or never');
  const isWanted = isForced(env) ?? (isWelcome(env) && stdout.isTTY === true);
  return isWanted ? IN_COLOURS : NO_PAINT;
}

// https://force-color.org
function isForced(env: CliIo['env']): boolean | undefined {
  const forced = env['FORCE_COLOR'] ?? '';
  return forced === '' ? undefined : forced !== '0' && forced !== 'false';
}

// https://no-color.org
function isWelcome(env: CliIo['env']): boolean {
  return (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}

function colourOf(name: string): string {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return NAME_COLOURS[hash % NAME_COLOURS.length] ?? '36';
}
