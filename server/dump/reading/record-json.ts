import { onOneLine } from '../format/json-literal.js';
import type { RecordFormat } from '../format/record-format.js';
import type { FoundRecord } from './line-filter.js';

/**
 * A record as one line of JSON: as it stands in an ndjson dump, to the byte; of a csv dump, as an ndjson dump would have it.
 * Nothing in it ends a line or is obeyed by a terminal, unless another program wrote it so.
 */
export type RecordJson = (found: FoundRecord) => string;

/** Makes the {@link RecordJson} of a dump's format. */
export function createRecordJson(format: RecordFormat): RecordJson {
  return format.header === '' ? ({ line }) => line : fromParts;
}

function fromParts({ record }: FoundRecord): string {
  const { seq, at, user, endpoint, message, topic, time, producer, number } = record;
  // Without the keys whose value is undefined.
  return onOneLine(JSON.stringify({ seq, at, user, endpoint, message, topic, time, producer, number }));
}
