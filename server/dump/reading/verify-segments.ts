import { createHash } from 'node:crypto';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import type { RecordFormat } from '../format/record-format.js';
import { loadCheckpoint } from '../segments/checkpoint.js';
import type { SealedSegment } from '../segments/manifest.js';
import { PackedSegmentError, readPackedBlocks } from '../segments/packed-blocks.js';
import { loadIndexFile, type SegmentIndex } from '../segments/segment-index.js';
import {
  checkpointPath,
  indexPath,
  listClosedSegments,
  type ClosedSegment,
} from '../segments/segment-names.js';
import { readChunksOf } from '../segments/segment-scan.js';
import { LineVerifier, ProblemList, type DumpProblem, type LineReport } from './verify-lines.js';
import type { DumpReport } from './verify-dump.js';
import { viewManifest, type ManifestView } from './verify-manifest.js';

/** The files of a dump at one moment. */
export interface DumpSnapshot {
  readonly segments: readonly ClosedSegment[];
  /** The live file, held open: it may be closed and packed while it is verified. */
  readonly live: FileHandle | undefined;
  /** How far the live file goes. */
  readonly liveBytes: number;
}
