import type { Readable } from 'node:stream';
import { SpoolError } from '../../spool/spool-error.js';
import { groupsOf, type SpoolEntry } from '../../spool/storage/spool-entry.js';
import type { AddedRange, SpoolWriter } from '../../spool/storage/spool-writer.js';
import { Bell } from '../pipe/bell.js';
import { InputChunks } from '../pipe/input-chunks.js';
import { type Block, LineEncoder, type LineEncoderOptions } from '../pipe/line-encoder.js';
import { SpooledMessages } from './spooled-messages.js';

export interface SpoolIntakeOptions extends LineEncoderOptions {
  readonly input: Readable;
  readonly writer: Pick<SpoolWriter, 'add' | 'groupBytes'>;
  /** Ends the reading; whole lines that were read are added. */
  readonly stop: AbortSignal;
  /** Told of each chunk and each write. */
  readonly onProgress: (progress: { readonly stored: number; readonly bytesRead: number }) => void;
}

/** How much waits in memory while the disk is busy, in bytes. */
const WINDOW_BYTES = 4 * 1024 * 1024;
/** How much is added at once: one write and one sync, in bytes. */
const GROUP_BYTES = 1024 * 1024;
/** What a damaged byte can cost, in bytes. */
const ENTRY_BYTES = 16 * 1024;

/**
 * Takes each line of an input into the spool, in order. What comes while the disk is busy is written together, so the
 * faster the lines come the more of them share a sync; where that is too slow, or the spool full, reading waits.
 */
export class SpoolIntake {
  readonly #options: SpoolIntakeOptions;
  readonly #encoder: LineEncoder;
  readonly #bell = new Bell();
  readonly #failed = new AbortController();
  /** What is in the spool of the input: its first messages. */
  readonly spooled = new SpooledMessages();
  #waiting: Block[] = [];
  #held = 0;
  #bytesRead = 0;
  #writing: Promise<void> | undefined;

  constructor(options: SpoolIntakeOptions) {
    this.#options = options;
    this.#encoder = new LineEncoder(options);
  }

  /** Runs until the input ends or it is stopped. Rejects with what the spool, the input or a line fails with. */
  async run(): Promise<'ended' | 'stopped'> {
    const { input, stop } = this.#options;
    const chunks = new InputChunks(input, AbortSignal.any([stop, this.#failed.signal]));
    try {
      return await this.#read(chunks);
    } finally {
      chunks.close();
      await this.#writing;
      this.#throwFailure();
    }
  }

  async #read(chunks: InputChunks): Promise<'ended' | 'stopped'> {
    for (;;) {
      const event = await chunks.next();
      if (event.kind === 'stopped') return 'stopped';
      if (event.kind === 'chunk') this.#bytesRead += event.bytes.length;
      const blocks = event.kind === 'chunk' ? this.#encoder.push(event.bytes) : this.#encoder.end();
      for (const block of blocks) await this.#take(block);
      this.#report();
      if (event.kind === 'end') return 'ended';
    }
  }

  async #take(block: Block): Promise<void> {
    while (this.#held >= WINDOW_BYTES) await this.#bell.wait();
    this.#throwFailure();
    this.#waiting.push(block);
    this.#held += block.bytes.length;
    this.#writing ??= this.#writeAll();
  }

  // One group after the other: where one fails, none after it is in the spool.
  async #writeAll(): Promise<void> {
    try {
      while (this.#waiting.length > 0) await this.#write(this.#takeGroup());
    } catch (error) {
      this.#failed.abort(error);
      this.#waiting = [];
      this.#held = 0;
    }
    this.#writing = undefined;
    this.#bell.ring();
  }

  async #write(group: readonly Block[]): Promise<void> {
    for (const entries of groupsOf(group.flatMap(entriesOf), this.#options.writer.groupBytes))
      this.spooled.note(await this.#add(entries));
    this.#held -= group.reduce((sum, { bytes }) => sum + bytes.length, 0);
    this.#report();
    this.#bell.ring();
  }

  async #add(entries: readonly SpoolEntry[]): Promise<AddedRange> {
    try {
      return await this.#options.writer.add(entries);
    } catch (error) {
      if (error instanceof SpoolError) this.spooled.noteUnplaced(error.stored);
      throw error;
    }
  }

  #takeGroup(): Block[] {
    let bytes = 0;
    const end = this.#waiting.findIndex((block, index) => {
      bytes += block.bytes.length;
      return index > 0 && bytes > GROUP_BYTES;
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }

  #throwFailure(): void {
    this.#failed.signal.throwIfAborted();
  }

  #report(): void {
    this.#options.onProgress({ stored: this.spooled.count, bytesRead: this.#bytesRead });
  }
}

// White space in JSON may be a TAB, which has a meaning in the spool.
function entriesOf({ bytes }: Block): SpoolEntry[] {
  const items = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length - 1)
    .toString()
    .replaceAll('\t', ' ')
    .split('\n');
  const entries: string[][] = [];
  let room = 0;
  for (const item of items) {
    if (item.length > room || entries.length === 0) {
      entries.push([]);
      room = ENTRY_BYTES;
    }
    entries.at(-1)?.push(item);
    room -= item.length;
  }
  return entries.map((one) => ({ items: one }));
}
