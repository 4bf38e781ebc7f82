import type { SpoolFiles } from '../../spool/storage/spool-files.js';
import { rejectedPositions } from '../../spool/storage/set-aside.js';
import type { AddedRange } from '../../spool/storage/spool-writer.js';

/** Which messages in the spool are those of this run; other processes' may stand between them. */
export class SpooledMessages {
  readonly #ranges: { first: number; last: number }[] = [];
  #unplaced = 0;

  /** Takes note of messages that were added. */
  note({ first, last }: AddedRange): void {
    if (last < first) return;
    const before = this.#ranges.at(-1);
    if (before?.last === first - 1) before.last = last;
    else this.#ranges.push({ first, last });
  }

  /** Takes note of messages that are in the spool nobody knows where: the last ones before it failed. */
  noteUnplaced(count: number): void {
    this.#unplaced += count;
  }

  /** How many they are. */
  get count(): number {
    return this.countBefore(Number.POSITIVE_INFINITY) + this.#unplaced;
  }

  /** The position of the last one; 0 where there is none. */
  get last(): number {
    return this.#ranges.at(-1)?.last ?? 0;
  }

  /** How many of them lie in front of a position. */
  countBefore(position: number): number {
    return this.#ranges.reduce(
      (sum, { first, last }) => sum + Math.max(0, Math.min(last + 1, position) - first),
      0,
    );
  }

  /** How many of them were refused for good and are kept aside. */
  async countRefused(files: SpoolFiles): Promise<number> {
    const first = this.#ranges[0]?.first ?? 1;
    const refused = await rejectedPositions(files, first, this.last);
    return refused.filter((position) =>
      this.#ranges.some((one) => position >= one.first && position <= one.last),
    ).length;
  }
}
