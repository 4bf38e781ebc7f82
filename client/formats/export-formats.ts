import { CSV_HEADER } from '../../protocol/csv-record.js';
import type { StoredRecord } from '../../protocol/stored-messages.js';
import { csvRows } from './message-csv.js';

/** How stored messages stand in a file. */
export interface ExportFormat {
  /** What the file begins with. */
  readonly header: string;
  /** The lines of some messages, each with its end. */
  readonly rows: (messages: readonly StoredRecord[]) => string;
}

/** The formats that messages are exported in, by their names, which are the endings of the files too. */
export const EXPORT_FORMATS = {
  ndjson: {
    header: '',
    rows: (messages) => messages.map((record) => `${JSON.stringify(record)}\n`).join(''),
  },
  csv: { header: CSV_HEADER, rows: csvRows },
} as const satisfies Readonly<Record<string, ExportFormat>>;

/** The name of a format. */
export type ExportFormatName = keyof typeof EXPORT_FORMATS;
