import type { RecordFormat } from '../../dump/format/record-format.js';
import { createRecordJson } from '../../dump/reading/record-json.js';

/** Lines of a dump as lines of JSON: of an ndjson dump the same bytes. */
export function linesAsJson(format: RecordFormat, lines: Buffer): Buffer {
  if (format.header === '') return lines;
  const jsonOf = createRecordJson(format);
  const json: string[] = [];
  for (const line of lines.toString('utf8').split('\n')) {
    const record = format.decode(line);
    // The header is no record.
    if (record !== undefined) json.push(`${jsonOf({ record, line })}\n`);
  }
  return Buffer.from(json.join(''));
}
