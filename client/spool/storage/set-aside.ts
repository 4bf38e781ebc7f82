import type { SpoolFiles } from './spool-files.js';

/** The file of what will never be sent, one JSON object a line. */
const REJECTED_NAME = 'rejected.ndjson';
/** How large that file may get, in bytes: then only that something was refused is noted, and in the end nothing. */
export const REJECTED_LIMITS = { whole: 64 * 1024 * 1024, noted: 80 * 1024 * 1024 } as const;
/** What is said of something that is refused when the file is at its limit. */
export const KEPT_NO_MORE = 'lost, as rejected.ndjson is full: move it away';

/** Why something is kept aside, and what it is. */
export interface Rejected {
  readonly at: string;
  readonly reason: string;
  /** The message's position in the spool, where it has one. */
  readonly position?: number | undefined;
  /** What was to be sent, as JSON. */
  readonly item?: unknown;
  /** Where it stood in a followed file. */
  readonly file?: string | undefined;
  readonly offset?: number | undefined;
  /** How long it is there, in bytes; `start` has as much of it as is kept, as base64. */
  readonly bytes?: number | undefined;
  readonly start?: string;
}

/**
 * Keeps something aside; it is on the disk when this resolves. After a crash the same thing may stand there twice.
 *
 * @returns false where there was no room for it.
 */
export async function setAside(
  files: SpoolFiles,
  rejected: Rejected,
  limits: { readonly whole: number; readonly noted: number } = REJECTED_LIMITS,
): Promise<boolean> {
  const size = await rejectedBytes(files);
  const isKept = size < limits.whole;
  if (size < limits.noted) await append(files, isKept ? rejected : withoutContent(rejected));
  return isKept;
}

/** How large the file of what is kept aside is, in bytes. */
export function rejectedBytes(files: SpoolFiles): Promise<number> {
  return files.size(REJECTED_NAME);
}

function withoutContent({ at, reason, position, file, offset, bytes }: Rejected): Rejected {
  return { at, reason, position, file, offset, bytes };
}

async function append(files: SpoolFiles, rejected: Rejected): Promise<void> {
  const file = await files.open(REJECTED_NAME, { isMade: true });
  if (file === undefined) return;
  try {
    // The line end in front ends what a crash may have torn; empty lines mean nothing.
    await file.append(Buffer.from(`\n${JSON.stringify(rejected)}\n`));
    await file.sync();
  } finally {
    await file.close();
  }
  await files.syncNames();
}

/** How many things are kept aside. A torn last line counts for nothing. */
export async function countRejected(files: SpoolFiles): Promise<number> {
  let count = 0;
  for await (const _line of rejectedLines(files)) count += 1;
  return count;
}

/** The positions of messages that are kept aside, of those in a range. */
export async function rejectedPositions(files: SpoolFiles, first: number, last: number): Promise<number[]> {
  const found = new Set<number>();
  for await (const { position } of rejectedLines(files)) {
    if (position !== undefined && position >= first && position <= last) found.add(position);
  }
  return [...found];
}

async function* rejectedLines(files: SpoolFiles): AsyncGenerator<Rejected> {
  const file = await files.open(REJECTED_NAME, { isMade: false });
  if (file === undefined) return;
  try {
    let offset = 0;
    let rest = '';
    for (;;) {
      const bytes = await file.read(offset, 256 * 1024);
      if (bytes.length === 0) return;
      offset += bytes.length;
      const lines = `${rest}${bytes.toString('latin1')}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines.filter((one) => one !== '')) {
        const rejected = parsed(Buffer.from(line, 'latin1').toString());
        if (rejected !== undefined) yield rejected;
      }
    }
  } finally {
    await file.close();
  }
}

function parsed(line: string): Rejected | undefined {
  try {
    return JSON.parse(line) as Rejected;
  } catch {
    return undefined;
  }
}
