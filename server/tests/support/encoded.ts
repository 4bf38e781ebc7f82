import type { JsonValue } from '../../../protocol/json-value.js';
import { LineBuffer } from '../../dump/format/line-buffer.js';
import type { RecordFormat } from '../../dump/format/record-format.js';
import { messageList } from '../../dump/message-list.js';
import type { ProducerNumbers } from '../../dump/message-log.js';

/** A batch as a test writes it. */
export interface PlainBatch {
  readonly user: string;
  readonly endpoint: string;
  readonly messages: readonly JsonValue[];
  readonly producer?: ProducerNumbers;
}

/** The lines of a batch as they stand in a dump. */
export function encoded(format: RecordFormat, batch: PlainBatch, firstSeq: number, at: string): string {
  const buffer = new LineBuffer(16);
  format.encode(buffer, { ...batch, messages: messageList(batch.messages) }, 0, firstSeq, at);
  return buffer.written.toString('utf8');
}
