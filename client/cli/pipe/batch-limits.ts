import type { Batch } from './batch.js';
import { MAX_BATCH_MESSAGES, TARGET_BATCH_BYTES } from './message-limits.js';
import { isBodyRefusal } from './size-refusal.js';

/** How large batches may be: as a server takes them by default, until this one refuses one. */
export class BatchLimits {
  #messages = MAX_BATCH_MESSAGES;
  #bytes = TARGET_BATCH_BYTES;

  /** Whether a batch of several messages is too large; a single one never is, as it cannot be made smaller. */
  isOver({ lines, bytes }: Pick<Batch, 'lines' | 'bytes'>): boolean {
    return lines.length > 1 && (lines.length > this.#messages || bytes > this.#bytes);
  }

  /**
   * Takes half of what was refused as the limit from now on. What is refused is over the server's limit, so this never
   * becomes less than half of that.
   */
  lowerBelow({ lines, bytes }: Batch, refusal: unknown): void {
    if (isBodyRefusal(refusal)) this.#bytes = Math.min(this.#bytes, Math.floor(bytes / 2));
    else this.#messages = Math.min(this.#messages, Math.floor(lines.length / 2));
  }
}
