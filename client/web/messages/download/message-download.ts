import { MAX_PAGE_RECORDS } from '../../../../protocol/stored-messages.js';
import { storedPages } from '../../../api/messages/stored-pages.js';
import type { ExportFormat } from '../../../formats/export-formats.js';
import type { AskMessages } from '../use-messages.js';

/** How far a download is. */
export interface DownloadProgress {
  readonly messages: number;
  /** The number of the last one. */
  readonly seq: number;
}

export interface MessageDownloadOptions {
  readonly ask: AskMessages;
  readonly format: ExportFormat;
  /** Messages behind this one are left out: what comes meanwhile would have no end. */
  readonly upTo: number;
  readonly onProgress: (progress: DownloadProgress) => void;
  readonly stop: AbortSignal;
}

/**
 * All messages that fit, the oldest first, as the content of a file. Each page becomes a part of it, which the browser keeps where it likes:
 * the page itself holds no more than one. Undefined where it was stopped; rejects with a GatherError.
 */
export async function downloadMessages(options: MessageDownloadOptions): Promise<Blob | undefined> {
  const { ask, format, upTo, onProgress, stop } = options;
  const filter = { before: String(upTo + 1), order: 'oldest' } as const;
  const part = { atMost: Number.POSITIVE_INFINITY, pageSize: MAX_PAGE_RECORDS };
  const parts: Blob[] = [new Blob([format.header])];
  let messages = 0;
  for await (const page of storedPages({ ask, filter, ...part, stop })) {
    parts.push(new Blob([format.rows(page)]));
    messages += page.length;
    onProgress({ messages, seq: page.at(-1)?.seq ?? 0 });
  }
  return stop.aborted ? undefined : new Blob(parts, { type: 'application/octet-stream' });
}
