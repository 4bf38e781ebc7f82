import * as z from 'zod';

const sourcePosition = z.object({
  file: z.string(),
  device: z.string(),
  inode: z.string(),
  print: z.object({ length: z.number().int().nonnegative(), hash: z.string() }),
  offset: z.number().int().nonnegative(),
});

/**
 * How far a followed file has been taken into the spool. It travels in the record of the line that it was reached with, so
 * that line and checkpoint are durable together or not at all.
 */
export type SourcePosition = z.infer<typeof sourcePosition>;

/** Reads one position; undefined where the text is none. */
export function parseSource(text: string): SourcePosition | undefined {
  return sourcePosition.safeParse(parseJson(text)).data;
}

/** Reads the positions of a segment's header; undefined where the text is no list of them. */
export function parseSources(text: string): SourcePosition[] | undefined {
  return z.array(sourcePosition).safeParse(parseJson(text)).data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
