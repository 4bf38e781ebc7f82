import { segmentsIn } from './format/file-names.js';
import { SegmentScan } from './format/segment-scan.js';
import { messagesOf, type SpoolMessage } from './format/spool-line.js';
import { ShipStateStore } from './shipping/ship-state-store.js';
import type { ShipState } from './shipping/ship-state.js';
import { DAMAGED_PREFIX, damagedBytes } from './storage/segment-cleaner.js';
import { countRejected, rejectedBytes } from './storage/set-aside.js';
import type { SpoolFiles } from './storage/spool-files.js';

/** What a spool holds. */
export interface SpoolSurvey {
  readonly state: ShipState;
  /** Messages that are not settled yet, and the first of them as it will be sent. */
  readonly pending: number;
  readonly oldest: string | undefined;
  /** The size of the segments on the disk. */
  readonly bytes: number;
  /** All messages that are whole, those that are delivered and not yet removed included. */
  readonly messages: number;
  /** Lines that are not whole: damaged, or torn by a crash before their message was acknowledged. */
  readonly damagedLines: number;
  /** Messages whose place is empty: positions that no whole line has and that were not dropped. */
  readonly missing: number;
  /** Segments that are kept because they are damaged. */
  readonly damagedSegments: number;
  /** Lines in rejected.ndjson. */
  readonly rejected: number;
  /** The size of what is kept aside: rejected.ndjson and damaged segments. */
  readonly rejectedBytes: number;
  readonly damagedBytes: number;
  /** Whether the newest file of the state is damaged, and `state` an older one. */
  readonly isStale: boolean;
}

const READ_BYTES = 256 * 1024;

/** Reads all of a spool, and checks every line's checksum. Changes nothing, and memory does not grow with the spool. */
export async function surveySpool(files: SpoolFiles): Promise<SpoolSurvey> {
  const { state, isStale } = await new ShipStateStore(
    files,
    () => '00000000-0000-4000-8000-000000000000',
  ).read();
  const names = await files.list();
  const seen = { pending: 0, messages: 0, damagedLines: 0, missing: 0, bytes: 0 };
  let oldest: string | undefined;
  let expected: number | undefined;
  for (const segment of segmentsIn(names)) {
    const scan = new SegmentScan(segment.number);
    for await (const { position, item } of messagesIn(files, segment.name, scan)) {
      if (expected !== undefined && position > state.head) seen.missing += holeIn(expected, position, state);
      expected = position + 1;
      seen.messages += 1;
      if (position < state.head || isSkipped(position, state)) continue;
      seen.pending += 1;
      oldest ??= item;
    }
    seen.damagedLines += scan.damagedLines;
    seen.bytes += scan.offset;
  }
  const damagedSegments = names.filter((name) => name.startsWith(DAMAGED_PREFIX)).length;
  return {
    ...{ state, isStale, ...seen, oldest, damagedSegments },
    rejected: await countRejected(files),
    rejectedBytes: await rejectedBytes(files),
    damagedBytes: await damagedBytes(files),
  };
}

async function* messagesIn(files: SpoolFiles, name: string, scan: SegmentScan): AsyncGenerator<SpoolMessage> {
  const file = await files.open(name, { isMade: false });
  if (file === undefined) return;
  try {
    for (;;) {
      const bytes = await file.read(scan.offset, READ_BYTES);
      if (bytes.length === 0) return;
      for (const line of scan.push(bytes)) yield* messagesOf(line);
    }
  } finally {
    await file.close();
  }
}

function isSkipped(position: number, { skip }: ShipState): boolean {
  return skip !== null && position >= skip.from && position < skip.to;
}

function holeIn(from: number, to: number, { skip, head }: ShipState): number {
  const first = Math.max(from, head);
  const skipped = skip === null ? 0 : Math.max(0, Math.min(to, skip.to) - Math.max(first, skip.from));
  return Math.max(0, to - first) - skipped;
}
