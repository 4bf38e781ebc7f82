const DIGITS = 16;
const SEGMENT = /^segment-(\d{16})\.spool$/;
const STATE = /^state-(\d{16})\.json$/;

/** What the name of each file of the state begins with, finished or not. */
export const STATE_PREFIX = 'state-';

/** A file of the spool whose name has a number. */
export interface NumberedFile {
  readonly name: string;
  readonly number: number;
}

/** The segment that begins with a position. */
export function segmentName(first: number): string {
  return `segment-${padded(first)}.spool`;
}

/** The file of a version of the state of shipping. */
export function stateName(version: number): string {
  return `${STATE_PREFIX}${padded(version)}.json`;
}

/** The segments in a listing, the oldest first; their number is their first position. */
export function segmentsIn(names: readonly string[]): NumberedFile[] {
  return numbered(names, SEGMENT);
}

/** The files of the state in a listing, the oldest first; their number is the version. */
export function statesIn(names: readonly string[]): NumberedFile[] {
  return numbered(names, STATE);
}

function numbered(names: readonly string[], pattern: RegExp): NumberedFile[] {
  return names
    .map((name) => ({ name, number: Number(pattern.exec(name)?.[1] ?? Number.NaN) }))
    .filter(({ number }) => !Number.isNaN(number))
    .sort((one, other) => one.number - other.number);
}

function padded(number: number): string {
  return String(number).padStart(DIGITS, '0');
}
