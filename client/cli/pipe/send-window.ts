import { Bell } from './bell.js';
import type { Block } from './line-encoder.js';

// What a block takes in memory besides its bytes, about: a trickle of single lines counts, too.
const BLOCK_OVERHEAD_BYTES = 512;

/** Lines of the input, from 1, both included. */
export interface LineRange {
  readonly firstLine: number;
  readonly lastLine: number;
}

/**
 * Messages on their way: those that wait, and those that were sent and are not acknowledged yet. It is bounded, so that
 * reading waits for acknowledgements and memory stays flat.
 *
 * Blocks stand in the order of their numbers; the first `#sent` of them are written to the request that is under way.
 */
export class SendWindow {
  readonly #maxBytes: number;
  readonly #bell = new Bell();
  readonly #blocks: Block[] = [];
  #bytes = 0;
  #sent = 0;
  #sentUpTo = 0;
  #acknowledged = 0;
  #isClosed = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The number up to which the server has stored everything. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** The last number that has left. */
  get sentUpTo(): number {
    return this.#sentUpTo;
  }

  /** Whether something was written to the request under way and is not acknowledged yet. */
  get isAwaited(): boolean {
    return this.#sent > 0;
  }

  /** Whether no block waits to be written. */
  get isDrained(): boolean {
    return this.#blocks.length === this.#sent;
  }

  /** Whether nothing more will be added. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The first block that waits. */
  get next(): Block | undefined {
    return this.#blocks[this.#sent];
  }

  /** Adds a block as soon as there is room; nothing where it is closed. */
  async add(block: Block): Promise<void> {
    const cost = costOf(block);
    while (!this.#isClosed && this.#bytes > 0 && this.#bytes + cost > this.#maxBytes) await this.#bell.wait();
    if (this.#isClosed) return;
    this.#blocks.push(block);
    this.#bytes += cost;
    this.#bell.ring();
  }

  /** Takes the first block that waits for a request. */
  take(): Block | undefined {
    const block = this.next;
    if (block === undefined) return undefined;
    this.#sent += 1;
    this.#sentUpTo = Math.max(this.#sentUpTo, lastOf(block));
    return block;
  }

  /** Everything up to this number is stored; lets go of it. A lower one than before says nothing new. */
  acknowledge(number: number): void {
    this.#acknowledged = Math.max(this.#acknowledged, Math.min(number, this.#sentUpTo));
    for (let first = this.#blocks[0]; first !== undefined; first = this.#blocks[0]) {
      if (lastOf(first) > this.#acknowledged) break;
      this.#blocks.shift();
      this.#bytes -= costOf(first);
      if (this.#sent > 0) this.#sent -= 1;
    }
    this.#bell.ring();
  }

  /** The request under way is over: what it was given and is not acknowledged waits again. */
  rewind(): void {
    this.#sent = 0;
  }

  /** What has left behind this number was certainly not taken. */
  settle(upTo: number): void {
    this.#sentUpTo = Math.max(upTo, this.#acknowledged);
  }

  /** Nothing more will be added. */
  close(): void {
    this.#isClosed = true;
    this.#bell.ring();
  }

  /** Waits until something has happened; at most so many milliseconds. Says whether something has. */
  change(waitMs?: number): Promise<boolean> {
    return this.#bell.wait(waitMs);
  }

  /** Ends what waits for a change. */
  wake(): void {
    this.#bell.ring();
  }

  /** The line of the input that a message stands in; undefined where it is not in the window. */
  lineOf(number: number): number | undefined {
    const block = this.#blocks.find((each) => each.first <= number && number <= lastOf(each));
    return block === undefined ? undefined : block.firstLine + number - block.first;
  }

  /** What has left and is not acknowledged; undefined where nothing is. */
  get inDoubt(): LineRange | undefined {
    if (this.#sentUpTo <= this.#acknowledged) return undefined;
    const firstLine = this.lineOf(this.#acknowledged + 1);
    const lastLine = this.lineOf(this.#sentUpTo);
    return firstLine === undefined || lastLine === undefined ? undefined : { firstLine, lastLine };
  }
}

function lastOf({ first, count }: Block): number {
  return first + count - 1;
}

function costOf({ bytes }: Block): number {
  return bytes.length + BLOCK_OVERHEAD_BYTES;
}
