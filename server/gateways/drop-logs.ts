import { createDropLog } from '../observability/drop-log.js';
import type { Logger } from '../observability/logger.js';
import type { ConnectionLimits, ReachedLimit } from './connection-limits.js';

/** Told of each connection that is one too many. @param address - the peer's, in its canonical form */
export type OnDrop = (reached: ReachedLimit, address: string) => void;

/** Makes the log of connections that a gateway drops: a line of its own for each limit, with the address that was dropped last. */
export function createGatewayDropLog(
  logger: Logger,
  gateway: string,
  { most, mostOfAddress }: Pick<ConnectionLimits, 'most' | 'mostOfAddress'>,
): OnDrop {
  const last = { all: '', address: '' };
  const noteOf = (of: ReachedLimit, limit: number) =>
    createDropLog(logger, limit, () => ({ gateway, of, endpoint: last[of] }));
  const notes = { all: noteOf('all', most), address: noteOf('address', mostOfAddress) };
  return (reached, address) => {
    last[reached] = address;
    notes[reached]();
  };
}
