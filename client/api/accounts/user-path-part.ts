// A part of one or two dots means another path, also where they are percent-encoded (WHATWG URL, "double-dot path
// segment"). Names are compared by NFKC, to which these leaders are the same as the dots.
const DOTS: ReadonlyMap<string, string> = new Map([
  ['.', '\u2024'],
  ['..', '\u2025'],
]);

/** A user's name as a part of a path. */
export function userPathPart(name: string): string {
  return encodeURIComponent(DOTS.get(name) ?? name);
}
