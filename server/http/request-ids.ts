import { randomUUID } from 'node:crypto';

/** Makes the source of request ids: short, and another one after each start. */
export function createRequestIds(): () => string {
  const run = randomUUID().slice(0, 8);
  let count = 0;
  return () => {
    count += 1;
    return `${run}-${count.toString(36)}`;
  };
}
