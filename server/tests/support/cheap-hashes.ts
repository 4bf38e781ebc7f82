/**
 * What a hash takes in tests: the least there is. vitest.config.ts puts it in the place of the product's `HASH_COST`. Servers in
 * processes of their own hash as the product does; each takes the other's hashes for outdated ones, and knows them.
 */
export const HASH_COST = { memoryCost: 8, timeCost: 1, parallelism: 1 } as const;
