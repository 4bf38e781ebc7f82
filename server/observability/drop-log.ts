import type { Logger } from './logger.js';

const EVERY_MS = 10_000;

/**
 * Makes the log of connections that are dropped because the limit is reached: a flood of them is a line every ten
 * seconds, with their number.
 *
 * @param fields - what else is said, at the time
 */
export function createDropLog(logger: Logger, limit: number, fields: () => object = () => ({})): () => void {
  let dropped = 0;
  let timer: NodeJS.Timeout | undefined;

  function write(): void {
    timer = undefined;
    if (dropped === 0) return;
    logger.warn(
      { ...fields(), limit, dropped },
      'Connections were dropped: the limit of open ones is reached.',
    );
    dropped = 0;
    timer = setTimeout(write, EVERY_MS).unref();
  }

  return () => {
    dropped += 1;
    if (timer === undefined) write();
  };
}
