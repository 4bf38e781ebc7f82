import type { Line } from './line-splitter.js';

/** Lines that go out in one request, in order; at least one. */
export interface Batch {
  readonly lines: readonly Line[];
  readonly messages: readonly string[];
  readonly firstLine: number;
  readonly lastLine: number;
  /** How long the messages get in the JSON, with the commas between them. */
  readonly bytes: number;
}

/** Makes a batch; undefined of no lines. */
export function batchOf(lines: readonly Line[]): Batch | undefined {
  const first = lines[0];
  const last = lines.at(-1);
  if (first === undefined || last === undefined) return undefined;
  return {
    lines,
    messages: lines.map(({ text }) => text),
    firstLine: first.number,
    lastLine: last.number,
    bytes: lines.reduce((sum, line) => sum + sizeInBatch(line), 0),
  };
}

/** How much longer a batch gets by a line, with the comma that goes before it. */
export function sizeInBatch(line: Line): number {
  return line.encodedBytes + 1;
}

/** A batch of several lines as two, in order. */
export function halvesOf({ lines }: Batch): Batch[] {
  const middle = Math.ceil(lines.length / 2);
  return [batchOf(lines.slice(0, middle)), batchOf(lines.slice(middle))].filter((half) => half !== undefined);
}
