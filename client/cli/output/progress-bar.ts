import type { TerminalOutput } from '../cli-io.js';
import type { PipeProgress } from '../pipe/line-pipe.js';

/** Shows how far a pipe has come. */
export interface ProgressBar {
  update(progress: PipeProgress): void;
  /** Leaves the last state standing and the cursor below it. */
  stop(): void;
}

/** A progress bar for nobody. */
export const NO_PROGRESS_BAR: ProgressBar = { update: () => undefined, stop: () => undefined };

export interface ProgressBarOptions {
  readonly stream: TerminalOutput;
  /** The size of the input in bytes; undefined where it has no end that is known. */
  readonly totalBytes: number | undefined;
  /** What is counted; messages where it is left out. */
  readonly what?: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

// The cursor stays: a process that is killed could not bring it back.
const LOOK = { fps: 5, barsize: 24, etaBuffer: 50, hideCursor: false, forceRedraw: true } as const;

/** Starts a bar with rate, count and, where the size is known, the time that is left. Loads cli-progress only now. */
export async function startProgressBar({
  stream,
  totalBytes,
  what = 'messages',
  now,
}: ProgressBarOptions): Promise<ProgressBar> {
  const { default: cliProgress } = await import('cli-progress');
  const startedAt = now();
  const counts = `{stored} ${what} | {rate}/s | {duration_formatted}`;
  const format = totalBytes === undefined ? counts : `{bar} {percentage}% | ${counts} | ETA {eta_formatted}`;
  const bar = new cliProgress.SingleBar({ ...LOOK, stream, format }, cliProgress.Presets.shades_classic);
  // A file that grows meanwhile has more to read than its size said.
  const total = Math.max(1, totalBytes ?? 1);
  bar.start(total, 0, { stored: 0, rate: 0 });
  return {
    update: ({ stored, bytesRead }) => {
      const seconds = Math.max(0.001, (now() - startedAt) / 1000);
      bar.update(Math.min(bytesRead, total), { stored, rate: Math.round(stored / seconds) });
    },
    stop: () => {
      bar.stop();
    },
  };
}
