import { csvFormat } from './csv-format.js';
import { ndjsonFormat } from './ndjson-format.js';
import type { RecordFormat } from './record-format.js';

/** The dump's formats by their names in the settings. */
export const DUMP_FORMATS: Readonly<Record<'ndjson' | 'csv', RecordFormat>> = {
  ndjson: ndjsonFormat,
  csv: csvFormat,
};
