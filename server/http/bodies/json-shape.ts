import { AppError } from '../../errors/app-error.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
/** `[` and `{` are this with another bit, as are `]` and `}`. */
const OPEN = 0x5b;
const CLOSE = 0x5d;
const CASE = 0x20;

/** What JSON may be made of. */
export interface JsonShape {
  /** Levels of nesting, the whole being the first. */
  readonly maxDepth: number;
  /** How many values there may be, and what stands between them, in all. */
  readonly maxValues: number;
  /** What is told where there are more. */
  readonly tooMany: () => AppError;
}

/**
 * Refuses JSON that would cost much more to parse than its length says, by looking at each byte once. Whether it is JSON at all is
 * not looked at.
 *
 * @throws AppError `request.too_deep`; what is told where there are too many values
 */
export function assertShape(json: Uint8Array, { maxDepth, maxValues, tooMany }: JsonShape): void {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at] ?? 0;
    if (byte === QUOTE) {
      at = endOfString(json, at);
      continue;
    }
    const bracket = byte & ~CASE;
    if (byte === COMMA) values += 1;
    else if (byte < OPEN) continue;
    else if (bracket === OPEN) {
      depth += 1;
      values += 1;
      if (depth > maxDepth) throw new AppError('request.too_deep', { details: { limit: maxDepth } });
    } else if (bracket === CLOSE) depth -= 1;
    if (values > maxValues) throw tooMany();
  }
}

// Where its last quote is.
function endOfString(json: Uint8Array, begin: number): number {
  let at = begin + 1;
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1;
  return at;
}
