import { AppError } from '../../errors/app-error.js';
import type { ReceivingBudget } from '../connections/receiving-budget.js';

const LINE_FEED = 0x0a;
/** What a piece takes beside its bytes: a line can come in pieces of one byte. */
const PIECE_BYTES = 256;

/**
 * Cuts a stream of bytes into runs of whole lines, as they come; the last line may lack its end. What is held of a line that
 * is not whole yet counts in the budget.
 *
 * @param maxLineBytes - a longer line comes as it is, without its end, and nothing behind it
 * @throws AppError `request.busy`; what the source fails with
 */
export async function* lineRuns(
  source: AsyncIterable<Buffer>,
  maxLineBytes: number,
  budget: ReceivingBudget,
): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  let held = 0;
  let length = 0;
  try {
    for await (const chunk of source) {
      const end = chunk.lastIndexOf(LINE_FEED) + 1;
      if (end > 0) {
        yield held === 0 ? chunk.subarray(0, end) : Buffer.concat([...rest, chunk.subarray(0, end)]);
        budget.release(held);
        [rest, held, length] = [[], 0, 0];
      }
      if (end === chunk.length) continue;
      const bytes = chunk.length - end + PIECE_BYTES;
      if (!budget.take(bytes)) throw new AppError('request.busy');
      // A copy: the chunk itself may be a small part of a large piece of memory.
      rest.push(Buffer.from(chunk.subarray(end)));
      held += bytes;
      length += chunk.length - end;
      if (length > maxLineBytes) break;
    }
    if (held > 0) yield Buffer.concat(rest);
  } finally {
    budget.release(held);
  }
}
