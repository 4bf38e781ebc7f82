import { jsonLiteral } from '../../../dump/format/json-literal.js';

const MOST_LINES = 100;

/** What came of an import, or would: what its last line says. */
export interface ImportOutcome {
  readonly counts: { readonly wouldAdd: number; readonly conflicts: number };
  /** Left out where nothing was to be imported. */
  readonly isApplied?: boolean;
  readonly imported?: number;
}

/** A title and a line for each of the first hundred; nothing where there is nothing. */
export function section<Item>(
  items: readonly Item[],
  title: string,
  show: (item: Item) => string,
): readonly string[] {
  if (items.length === 0) return [];
  const rest = items.length - MOST_LINES;
  const lines = items.slice(0, MOST_LINES).map((item) => `  ${show(item)}`);
  return [`${title}:`, ...lines, ...(rest > 0 ? [`  and ${String(rest)} more`] : [])];
}

/** The last line. @param noun - what is imported, one of it */
export function verdictOf({ counts, isApplied, imported = 0 }: ImportOutcome, noun: string): string {
  const { wouldAdd, conflicts } = counts;
  const left = conflicts === 0 ? '' : `, ${counted(conflicts, noun)} left out`;
  if (isApplied === true) return `${counted(imported, noun)} imported${left}`;
  if (conflicts > 0) {
    const hint = wouldAdd === 0 ? '' : ' (--skip-conflicts imports the others)';
    return `nothing imported: ${counted(conflicts, noun)} cannot be${hint}`;
  }
  return `nothing imported yet: --apply imports ${counted(wouldAdd, noun)}`;
}

/** So many of something. */
export function counted(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** A text from a file, so that it does nothing to a terminal. */
export function safe(text: string): string {
  return jsonLiteral(text).slice(1, -1);
}
