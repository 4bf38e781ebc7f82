/** From here on the machine's own copying is faster than ours, in bytes. */
const LONG = 512;

/** Bytes with a view of them, as {@link LineBuffer.copy} takes them. */
export interface ByteSource {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** Bytes as a {@link ByteSource}. */
export function byteSource(bytes: Uint8Array): ByteSource {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) };
}

/**
 * Where the lines of a commit are put together: one buffer, used again for every commit, so that a record costs no
 * allocation. Short pieces are copied four bytes at once. (Eight would be faster as doubles, but a NaN's bits need not be kept.)
 */
export class LineBuffer {
  #bytes: Buffer;
  #view: DataView;
  #length = 0;

  /** @param initialBytes - how much it holds at first; it grows */
  constructor(initialBytes: number) {
    this.#bytes = Buffer.allocUnsafeSlow(initialBytes);
    this.#view = byteSource(this.#bytes).view;
  }

  /** How many bytes have been put in. */
  get length(): number {
    return this.#length;
  }

  /** What has been put in: good until something is put in again, or {@link clear}. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Begins anew. A buffer that one commit has made larger than this is not kept. */
  clear(keepBytes: number): void {
    this.#length = 0;
    if (this.#bytes.length <= keepBytes) return;
    this.#bytes = Buffer.allocUnsafeSlow(keepBytes);
    this.#view = byteSource(this.#bytes).view;
  }

  /** Takes back what has been put in behind a length. */
  truncate(length: number): void {
    this.#length = length;
  }

  /** Makes room: has to be called before what is put in. */
  reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
    this.#view = byteSource(larger).view;
  }

  /** Puts a text in, with its own room. */
  text(text: string): void {
    this.reserve(text.length * 3);
    this.#length += this.#bytes.write(text, this.#length, 'utf8');
  }

  /** Puts bytes in. */
  copy(source: ByteSource, begin: number, end: number): void {
    let to = this.#length;
    this.#length = to + end - begin;
    if (end - begin >= LONG) {
      this.#bytes.set(source.bytes.subarray(begin, end), to);
      return;
    }
    const from = source.view;
    const into = this.#view;
    const last = end - 4;
    let at = begin;
    for (; at <= last - 4; at += 8, to += 8) {
      into.setInt32(to, from.getInt32(at, true), true);
      into.setInt32(to + 4, from.getInt32(at + 4, true), true);
    }
    for (; at <= last; at += 4, to += 4) into.setInt32(to, from.getInt32(at, true), true);
    // The last four overlap those before; a piece of less than four goes byte by byte.
    if (last >= begin) into.setInt32(to + last - at, from.getInt32(last, true), true);
    else for (; at < end; at += 1, to += 1) into.setUint8(to, from.getUint8(at));
  }

  /** Puts a byte in. */
  byte(byte: number): void {
    this.#bytes[this.#length] = byte;
    this.#length += 1;
  }
}
