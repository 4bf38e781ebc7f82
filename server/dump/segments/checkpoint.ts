import * as z from 'zod';
import { BLOCK_SCHEMA, PRODUCER_SCHEMA } from './derived-schemas.js';
import type { Block } from './block-builder.js';
import { loadDerived, saveDerived } from './derived-file.js';
import type { ProducerMark } from './producer-marks.js';
import { checkpointPath } from './segment-names.js';

/** What is known of the live file up to an offset, all of it synced, so that a start need not read that part again. */
export interface Checkpoint {
  /** The number of the last record before the offset. */
  readonly seq: number;
  /** Bytes from the beginning of the live file. */
  readonly offset: number;
  /** The blocks before the offset; the last one may still grow. */
  readonly blocks: readonly Block[];
  readonly producers: readonly ProducerMark[];
}

const CHECKPOINT_SCHEMA = z.object({
  seq: z.int().nonnegative(),
  offset: z.int().nonnegative(),
  blocks: z.array(BLOCK_SCHEMA),
  producers: z.array(PRODUCER_SCHEMA),
});

/**
 * Saves a checkpoint in place of the one before.
 *
 * @throws Node's error where it cannot be written; the one before then still stands
 */
export function saveCheckpoint(dumpPath: string, checkpoint: Checkpoint): Promise<void> {
  return saveDerived(checkpointPath(dumpPath), checkpoint);
}

/**
 * The checkpoint of a dump; undefined where there is none or it is damaged. Whether it fits the live file is for the
 * caller to see.
 */
export function loadCheckpoint(dumpPath: string): Promise<Checkpoint | undefined> {
  return loadDerived(checkpointPath(dumpPath), CHECKPOINT_SCHEMA);
}
