import * as z from 'zod';

const COUNT = z.int().nonnegative();
const TIME_MS = z.int();

export const BLOCK_SCHEMA = z.object({
  offset: COUNT,
  bytes: COUNT,
  first: COUNT,
  last: COUNT,
  minAt: TIME_MS,
  maxAt: TIME_MS,
  packedOffset: COUNT.optional(),
  packedBytes: COUNT.optional(),
});

export const PRODUCER_SCHEMA = z.object({
  user: z.string(),
  owner: z.string().optional(),
  id: z.string(),
  last: z.int().positive(),
  at: TIME_MS,
});

export const SHA256_SCHEMA = z.string().regex(/^[0-9a-f]{64}$/);
