const FINAL = 0x80;
const OPCODE = 0x0f;
/** From here on opcodes are of control frames, which can stand between the fragments of a message. */
const FIRST_CONTROL = 0x8;
const LENGTH = 0x7f;
const LENGTH_IN_16_BITS = 126;
const LENGTH_IN_64_BITS = 127;
const HEAD_BYTES = 2;
const MASK_BYTES = 4;

/** Follows where messages begin and end in what a client of a WebSocket sends, RFC 6455 section 5.2: masked frames. */
export class FrameScan {
  #isWithin = false;
  #ended = 0;
  #frames = 0;
  #isControl = false;
  #isFinal = false;
  /** How many bytes of the head of this frame have come, and how many it has. */
  #headAt = 0;
  #headLength = HEAD_BYTES;
  /** How many bytes of its payload are to come. */
  #left = 0;

  /** Whether a message has begun and not ended. */
  get isWithin(): boolean {
    return this.#isWithin;
  }

  /** How many messages have ended. */
  get ended(): number {
    return this.#ended;
  }

  /** How many frames have ended. */
  get frames(): number {
    return this.#frames;
  }

  /** Looks at what has come. */
  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#headAt === this.#headLength) {
        const length = Math.min(this.#left, bytes.length - at);
        this.#left -= length;
        at += length;
      } else {
        this.#takeHead(bytes[at] ?? 0);
        at += 1;
      }
      if (this.#headAt === this.#headLength && this.#left === 0) this.#endFrame();
    }
  }

  #takeHead(byte: number): void {
    if (this.#headAt === 0) this.#begin(byte);
    else if (this.#headAt === 1) this.#takeLength(byte & LENGTH);
    else if (this.#headAt < this.#headLength - MASK_BYTES) this.#left = this.#left * 256 + byte;
    this.#headAt += 1;
  }

  #begin(byte: number): void {
    this.#isFinal = (byte & FINAL) !== 0;
    this.#isControl = (byte & OPCODE) >= FIRST_CONTROL;
    if (!this.#isControl) this.#isWithin = true;
  }

  #takeLength(length: number): void {
    const extended = length === LENGTH_IN_64_BITS ? 8 : length === LENGTH_IN_16_BITS ? 2 : 0;
    this.#headLength = HEAD_BYTES + extended + MASK_BYTES;
    this.#left = extended === 0 ? length : 0;
  }

  #endFrame(): void {
    this.#headAt = 0;
    this.#headLength = HEAD_BYTES;
    this.#frames += 1;
    if (this.#isControl || !this.#isFinal) return;
    this.#isWithin = false;
    this.#ended += 1;
  }
}
