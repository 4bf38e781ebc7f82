import { define } from './setting-definition.js';
import { bytes, integer, oneOf } from './setting-kinds.js';

const TiB = 2 ** 40;

/** How messages are kept. */
export const STORAGE_SETTINGS = {
  segmentBytes: define(
    'GATHERD_SEGMENT_BYTES',
    bytes(64 * 1024, TiB),
    'SIZE',
    '1GiB',
    'how large the dump grows before it goes on in a new segment',
  ),
  segmentAge: define(
    'GATHERD_SEGMENT_AGE',
    integer(0, 31_536_000),
    'SECONDS',
    '0',
    'how old the first record of the dump becomes before it goes on in a new segment; 0 is off',
  ),
  segmentCompression: define(
    'GATHERD_SEGMENT_COMPRESSION',
    oneOf('none', 'gzip', 'zstd'),
    'KIND',
    'none',
    'how closed segments are compressed: none, gzip, or zstd where Node has it',
  ),
  retentionAge: define(
    'GATHERD_RETENTION_AGE',
    integer(0, 3_153_600_000),
    'SECONDS',
    '0',
    'how old the last record of a closed segment becomes before the segment is deleted; 0 is off',
  ),
  retentionBytes: define(
    'GATHERD_RETENTION_BYTES',
    bytes(0, 1024 * TiB),
    'SIZE',
    '0',
    'how much all segments take before the oldest closed ones are deleted; 0 is off',
  ),
  freeSpaceReserve: define(
    'GATHERD_FREE_SPACE_RESERVE',
    bytes(0, TiB),
    'SIZE',
    '64MiB',
    'how much of the disk is left free: below it senders are told to wait (503); 0 is off',
  ),
  maxProducersPerUser: define(
    'GATHERD_MAX_PRODUCERS_PER_USER',
    integer(1, 1_000_000),
    'COUNT',
    '1000',
    'numbered streams of messages of one user',
  ),
  producerIdle: define(
    'GATHERD_PRODUCER_IDLE',
    integer(60, 3_153_600_000),
    'SECONDS',
    '7776000',
    'how long a numbered stream is remembered after its last message',
  ),
} as const;
